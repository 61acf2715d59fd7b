import { constants, createGzip } from 'node:zlib'
import { data, isData } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { gzip } from '@sluice/compress'
import { printProbe } from '../support/compressors.mjs'
import { median, readable } from '../support/statistics.mjs'

const rounds = 9
const messagesARound = 2000

const encoder = new TextEncoder()

/** 106 bytes or so each, as a stock ticker sends them. */
const messages = Array.from({ length: messagesARound }, (_, id) =>
  encoder.encode(
    `event: price\ndata: {"id":${id},"symbol":"ACME","bid":${(100 + Math.sin(id)).toFixed(4)},"ask":${(101 + Math.sin(id)).toFixed(4)},"time":"2026-11-20T09:${String(id % 60).padStart(2, '0')}:00Z"}\n\n`,
  ),
)

const flush = { kind: 'flush' }

const byOurs = (restBytes) => {
  const filter = gzip({ restBytes })
  return async () => {
    let at = 0
    const source = fromPull(() => ({
      pull: () => (at % 2 === 0 ? data(messages[at++ / 2]) : at++ < 0 ? undefined : flush),
      close() {},
    }))
    const reading = pullFrom(filter(source))
    let bytes = 0
    for (let flushes = 0; flushes < messagesARound; ) {
      const frame = await reading.pull()
      if (isData(frame)) bytes += frame.bytes.length
      else flushes++
    }
    await reading.close()
    return bytes
  }
}

const byContext = async () => {
  const stream = createGzip()
  let bytes = 0
  stream.on('data', (part) => {
    bytes += part.length
  })
  for (const each of messages) {
    stream.write(each)
    await new Promise((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve))
  }
  stream.destroy()
  return bytes
}

const candidates = [
  { label: 'createGzip, flush(Z_SYNC_FLUSH)', run: byContext },
  { label: 'Sluice gzip, restBytes 1,024', run: byOurs(1024) },
  { label: 'Sluice gzip, restBytes 4,096', run: byOurs(4096) },
  { label: 'Sluice gzip, restBytes 32,768', run: byOurs(32_768) },
]

/** CPU of the whole process, thread pool and all, a message. */
const measure = async ({ run }) => {
  const before = process.cpuUsage()
  const started = performance.now()
  const bytes = await run()
  const { user, system } = process.cpuUsage(before)
  return {
    cpu: (user + system) / messagesARound,
    wall: ((performance.now() - started) * 1000) / messagesARound,
    bytes: bytes / messagesARound,
  }
}

/** What a short message costs that is flushed by itself. */
export const messageCost = {
  name: 'message-cost',
  probe: true,
  async run() {
    const found = candidates.map(() => [])
    for (let round = -1; round < rounds; round++)
      for (const [index, candidate] of candidates.entries()) {
        const measured = await measure(candidate)
        if (round >= 0) found[index].push(measured)
      }
    const [context] = found
    const rows = candidates.map(({ label }, index) => {
      const of = (name) => readable(median(found[index].map((each) => each[name])))
      const ratios = found[index].map(({ cpu }, round) => cpu / context[round].cpu)
      return [label, of('cpu'), readable(median(ratios)), of('wall'), of('bytes')]
    })
    const columns = [
      { title: '', text: true },
      { title: 'CPU, us' },
      { title: 'by the first of the same round' },
      { title: 'time, us' },
      { title: 'bytes' },
    ]
    const title = `A flushed message of ${messages[500].length} bytes, ${rounds} rounds`
    printProbe(title, columns, rows, { peers: false })
  },
}
