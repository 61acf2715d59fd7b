// Ways to send chunks through stages. Each gives, for the kind of its source, a function that counts the bytes that leave.
import { pipeline, Readable, Transform } from 'node:stream'
import { isData, toBody } from '@sluice/body'
import { isPromiseLike, pullFrom } from '@sluice/body/engine'
import { mapBytes, pipe } from '@sluice/filter'

const identity = (bytes) => bytes

const times = (count, make) => Array.from({ length: count }, make)

const filtered = (source, stages) =>
  pipe(toBody(source), ...times(stages, () => mapBytes(identity)))

/** As the server reads a body: by the pull protocol. */
const sluice = async (source, stages) => {
  const pull = pullFrom(filtered(source, stages))
  let bytes = 0
  for (;;) {
    const pulled = pull.pull()
    const frame = isPromiseLike(pulled) ? await pulled : pulled
    if (frame === undefined) return bytes
    if (isData(frame)) bytes += frame.bytes.length
  }
}

/** As anybody else reads one. */
const sluiceIterated = async (source, stages) => {
  let bytes = 0
  for await (const frame of filtered(source, stages)) if (isData(frame)) bytes += frame.bytes.length
  return bytes
}

const count = async (chunks) => {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  return bytes
}

async function* passing(chunks) {
  for await (const chunk of chunks) yield chunk
}

function* passingNow(chunks) {
  for (const chunk of chunks) yield chunk
}

const chained = (source, stages, stage) =>
  times(stages, () => stage).reduce((chunks, next) => next(chunks), source)

const generators = (source, stages) => count(chained(source, stages, passing))

/** What cannot wait: for sources that never have to. */
const syncGenerators = (source, stages) => {
  let bytes = 0
  for (const chunk of chained(source, stages, passingNow)) bytes += chunk.length
  return bytes
}

const transform = (chunk, _encoding, done) => done(null, chunk)

const asReadable = (source, objectMode) =>
  source instanceof Readable ? source : Readable.from(source, { objectMode })

const streamed = (objectMode) => (source, stages) => {
  const pass = () => new Transform({ transform, objectMode })
  const all = [asReadable(source, objectMode), ...times(stages, pass)]
  return count(all.length === 1 ? all[0] : pipeline(all, () => {}))
}

const webStage = () =>
  new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk) })

const webStreams = (source, stages) =>
  count(times(stages, webStage).reduce((stream, stage) => stream.pipeThrough(stage), asWeb(source)))

const asWeb = (source) => {
  const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

const streamIter = async (kind) => {
  const found = await import('node:stream/iter').catch(() => undefined)
  if (found === undefined) return undefined
  const start = kind === 'node' ? found.fromReadable : found.from
  return async (source, stages) => {
    let bytes = 0
    for await (const batch of found.pull(start(source), ...times(stages, () => identity)))
      for (const chunk of batch) bytes += chunk.length
    return bytes
  }
}

export const engines = {
  sluice: () => sluice,
  'sluice-iterated': () => sluiceIterated,
  generators: () => generators,
  'sync-generators': (kind) => (kind === 'sync' ? syncGenerators : undefined),
  // Of bytes, which are joined on the way where they wait, and of objects, where each chunk stays one, as a frame does.
  'node-streams': () => streamed(false),
  'node-objects': () => streamed(true),
  'web-streams': () => webStreams,
  'stream-iter': streamIter,
}
