import { download } from '../clients/download.mjs'
import { chunkBatch, plainBatch, upload } from '../clients/upload.mjs'
import { startServer } from '../support/bench-server.mjs'
import { forgetPeak, peakBytes, rssBytes } from '../support/process-usage.mjs'
import { inRounds } from '../support/rounds.mjs'

const mebi = 1_048_576
const gibi = 1024 * mebi

/** Seconds that one transfer may take: who is slower transfers fewer bytes. */
const maxSeconds = 2

/** Seconds of transfers that are one measurement: single ones differ by half with when the kernel wakes whom. */
const leastSeconds = 1

const up = (framing, batch) => (port, bytes) => upload(port, { framing, batch, bytes })

/** Small chunks are many: fewer bytes tell as much. */
const transfers = {
  'down, 1 GiB': { bytes: gibi, send: download },
  'up, length, 1 GiB': { bytes: gibi, send: up('length', plainBatch()) },
  'up, chunks of 64 KiB, 1 GiB': { bytes: gibi, send: up('chunked', chunkBatch(65_536)) },
  'up, chunks of 1 KiB, 256 MiB': { bytes: gibi / 4, send: up('chunked', chunkBatch(1024)) },
  'up, chunks of 16 bytes, 32 MiB': { bytes: 32 * mebi, send: up('chunked', chunkBatch(16)) },
}

/** `sluice-lent` is our other server but for how it reads. */
const takesPart = (peer, { send }) => peer !== 'sluice-lent' || send !== download

/** As many bytes as can be transferred in the time, by what a small part of them takes; that warms up as well. */
const bytesFor = async ({ bytes, send }, port) => {
  const { contentBytes, seconds } = await send(port, bytes / 16)
  return Math.min(bytes, Math.max(bytes / 64, Math.round((contentBytes / seconds) * maxSeconds)))
}

/** CPU is counted in hundredths of a second: of less than these, nothing can be said. */
const leastCpuSeconds = 0.1

const measure = async (transfer, server) => {
  const bytes = await bytesFor(transfer, server.port)
  const cpuBefore = server.cpuSeconds
  forgetPeak(server.pid)
  const rssBefore = rssBytes(server.pid)
  let amount = 0
  let seconds = 0
  while (seconds < leastSeconds) {
    const sent = await transfer.send(server.port, bytes)
    amount += sent.contentBytes / mebi
    seconds += sent.seconds
  }
  const cpu = server.cpuSeconds - cpuBefore
  return {
    rate: amount / seconds,
    cpu: cpu < leastCpuSeconds ? Number.NaN : (cpu * 1000) / amount,
    growth: (peakBytes(server.pid) - rssBefore) / mebi,
  }
}

/** In a process of its own each time: how its memory comes to lie makes one half as fast as another, for as long as it lives. */
const measureAll = async (candidate, bench) => {
  const server = await startServer(candidate, candidate.script, ['transfer'])
  if (server === undefined) return []
  try {
    const measured = []
    for (const [variant, each] of Object.entries(transfers)) {
      if (!takesPart(candidate.peer, each)) continue
      try {
        measured.push({ variant, values: await measure(each, server) })
      } catch (error) {
        bench.note(`${candidate.peer}, ${candidate.runtime}, ${variant}: ${error.message}`)
      }
    }
    return measured
  } finally {
    await server.stop()
  }
}

export const transfer = {
  name: 'transfer',
  title: 'Large bodies, down and up',
  about:
    'One connection. Down: pieces of 64 KiB from an async generator, with back-pressure (`node:net`: a write loop). Up: a raw client writes batches that were built before; the server counts bytes (`node:net`: counts them and reads no chunks); `Sluice, lent` says that it keeps none. Again and again for a second, in processes that are new in each round; who would take more than two seconds transfers fewer bytes. Growth is resident memory over what it was, at its peak.',
  metrics: {
    rate: { title: 'MiB/s', compared: true },
    cpu: { title: 'CPU ms/MiB', compared: true },
    growth: { title: 'growth MiB' },
  },
  charted: 'rate',
  variantTitle: 'transfer',
  peers: ['sluice', 'sluice-lent', 'net', 'node', 'fastify', 'hono', 'deno', 'bun'],
  marks: [
    { metric: 'rate', over: 'net', variant: 'down, 1 GiB', atLeast: 0.9 },
    { metric: 'rate', over: 'node', variant: 'up, chunks of 64 KiB, 1 GiB', atLeast: 1.2 },
    {
      metric: 'rate',
      of: 'sluice-lent',
      over: 'node',
      variant: 'up, chunks of 64 KiB, 1 GiB',
      atLeast: 1.2,
    },
    { metric: 'rate', over: 'node', variant: 'up, chunks of 16 bytes, 32 MiB', atLeast: 1.5 },
  ],
  run: (bench) => inRounds(bench.candidates, bench, (each) => measureAll(each, bench)),
}
