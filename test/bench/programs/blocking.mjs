// node blocking.mjs PEER KIND MIB: the work of test/bench/work/blocking.mjs without HTTP: what a channel to a worker costs by itself.
import { Readable, Writable } from 'node:stream'
import { blocking } from '@sluice/blocking'
import { isData } from '@sluice/body'
import { request as requestOf } from '@sluice/stack'
import { csvBatch } from '../clients/csv.mjs'
import { handlers, readline } from '../servers/blocking/loop.mjs'
import { listenersOf } from '../servers/blocking/ports.mjs'
import { piece } from '../servers/support/pieces.mjs'

const mebi = 1_048_576
const runs = 5
/** MiB before anything is counted, as over HTTP: what is hot is compiled by then. */
const warmMebis = { lines: 128, up: 1024, upInto: 1024, down: 1024 }

const functions = new URL('../servers/blocking/functions.mjs', import.meta.url)
const lineBytes = csvBatch().bytes

/** A MiB of pieces of 64 KiB; those of lines cut them where they will. */
const piecesOf = (kind) =>
  Array.from({ length: 16 }, (_, index) =>
    kind !== 'lines'
      ? piece
      : lineBytes.subarray(index * 65_536, index === 15 ? undefined : (index + 1) * 65_536),
  )

async function* content(kind, mebis) {
  const pieces = piecesOf(kind)
  for (let i = 0; i < mebis; i++) yield* pieces
}

const byHandler = (handler) => async (kind, mebis) => {
  const target = `/?bytes=${mebis * mebi}`
  const init = kind === 'down' ? {} : { method: 'POST', body: content(kind, mebis) }
  const { body } = await handler(requestOf(target, init))
  let bytes = 0
  let text = ''
  for await (const frame of body) {
    if (!isData(frame)) continue
    bytes += frame.bytes.length
    if (kind !== 'down') text += Buffer.from(frame.bytes).toString()
  }
  return kind === 'down' ? bytes : Number(text)
}

const byListener = (listener) => (kind, mebis) =>
  new Promise((resolve) => {
    const request = kind === 'down' ? {} : Readable.from(content(kind, mebis))
    let bytes = 0
    let text = ''
    const response = new Writable({
      highWaterMark: 65_536,
      write(chunk, _encoding, done) {
        bytes += chunk.length
        if (kind !== 'down') text += chunk.toString()
        setImmediate(done)
      },
      final(done) {
        done()
        resolve(kind === 'down' ? bytes : Number(text))
      },
    })
    listener(
      Object.assign(request, { url: `/?bytes=${mebis * mebi}` }),
      Object.assign(response, { writeHead() {} }),
    )
  })

const candidates = {
  sluice: (kind) => byHandler(blocking(functions, { exportName: kind })),
  async: (kind) => byHandler(handlers[kind]),
  readline: () => byListener(readline),
  'post-message': (kind) => byListener(listenersOf('post-message')[kind]),
  piscina: (kind) => byListener(listenersOf('piscina')[kind]),
}

const [peer, kind, mebis] = process.argv.slice(2)
const run = candidates[peer](kind)
await run(kind, warmMebis[kind])
let best = { rate: 0, cpu: Number.POSITIVE_INFINITY }
for (let i = 0; i < runs; i++) {
  const before = process.cpuUsage()
  const started = performance.now()
  const bytes = await run(kind, Number(mebis))
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  const amount = bytes / mebi
  best = {
    rate: Math.max(best.rate, amount / seconds),
    cpu: Math.min(best.cpu, (user + system) / 1000 / amount),
  }
}
console.log(JSON.stringify(best))
process.exit(0)
