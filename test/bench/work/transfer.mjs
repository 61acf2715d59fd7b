import { download } from '../clients/download.mjs'
import { chunkBatch, plainBatch, upload } from '../clients/upload.mjs'
import { startServer } from '../support/bench-server.mjs'
import { forgetPeak, peakBytes, rssBytes } from '../support/process-usage.mjs'
import { inRounds } from '../support/rounds.mjs'

const mebi = 1_048_576
const gibi = 1024 * mebi

/** Seconds that one transfer may take: who is slower transfers fewer bytes. */
const maxSeconds = 4

const up = (framing, batch) => (port, bytes) => upload(port, { framing, batch, bytes })

/** Small chunks are many: fewer bytes tell as much. */
const transfers = {
  'down, 1 GiB': { bytes: gibi, send: download },
  'up, length, 1 GiB': { bytes: gibi, send: up('length', plainBatch()) },
  'up, chunks of 64 KiB, 1 GiB': { bytes: gibi, send: up('chunked', chunkBatch(65_536)) },
  'up, chunks of 1 KiB, 256 MiB': { bytes: gibi / 4, send: up('chunked', chunkBatch(1024)) },
  'up, chunks of 16 bytes, 32 MiB': { bytes: 32 * mebi, send: up('chunked', chunkBatch(16)) },
}

/** As many bytes as can be transferred in the time, by what a small part of them takes. */
const bytesFor = async ({ server, variant }) => {
  const { bytes, send } = transfers[variant]
  const { contentBytes, seconds } = await send(server.port, bytes / 64)
  return Math.min(bytes, Math.max(bytes / 64, Math.round((contentBytes / seconds) * maxSeconds)))
}

/** CPU is counted in hundredths of a second: of less than these, nothing can be said. */
const leastCpuSeconds = 0.1

const measure = async (entry) => {
  const { server, variant } = entry
  entry.bytes ??= await bytesFor(entry)
  const cpuBefore = server.cpuSeconds
  forgetPeak(server.pid)
  const rssBefore = rssBytes(server.pid)
  const { contentBytes, seconds } = await transfers[variant].send(server.port, entry.bytes)
  const cpu = server.cpuSeconds - cpuBefore
  const amount = contentBytes / mebi
  return {
    rate: amount / seconds,
    cpu: cpu < leastCpuSeconds ? Number.NaN : (cpu * 1000) / amount,
    growth: (peakBytes(server.pid) - rssBefore) / mebi,
  }
}

const startAll = async (bench) => {
  const started = []
  for (const entry of bench.candidates) {
    try {
      const server = await startServer(entry, entry.script, ['transfer'])
      if (server === undefined) continue
      started.push({ ...entry, server })
      bench.progress(`warming up: ${entry.peer}, ${entry.runtime}`)
      await download(server.port, 64 * mebi)
      await upload(server.port, { framing: 'chunked', batch: chunkBatch(1024), bytes: 16 * mebi })
    } catch (error) {
      bench.note(`${entry.peer}, ${entry.runtime}: ${error.message}`)
    }
  }
  return started
}

const run = async (bench) => {
  const started = await startAll(bench)
  try {
    const entries = Object.keys(transfers).flatMap((variant) =>
      started.map((entry) => ({ ...entry, variant })),
    )
    return await inRounds(entries, bench, measure)
  } finally {
    await Promise.all(started.map(({ server }) => server.stop()))
  }
}

export const transfer = {
  name: 'transfer',
  title: 'Large bodies, down and up',
  about:
    'One connection. Down: pieces of 64 KiB from an async generator, with back-pressure (`node:net`: a write loop). Up: a raw client writes batches that were built before; the server counts bytes (`node:net`: counts them and reads no chunks). Who would take more than four seconds transfers fewer bytes. Growth is resident memory over what it was, at its peak.',
  metrics: {
    rate: { title: 'MiB/s', compared: true },
    cpu: { title: 'CPU ms/MiB', compared: true },
    growth: { title: 'growth MiB' },
  },
  charted: 'rate',
  variantTitle: 'transfer',
  peers: ['sluice', 'net', 'node', 'fastify', 'hono', 'deno', 'bun'],
  marks: [
    { metric: 'rate', over: 'net', variant: 'down, 1 GiB', atLeast: 0.9 },
    { metric: 'rate', over: 'node', variant: 'up, chunks of 64 KiB, 1 GiB', atLeast: 1.2 },
    { metric: 'rate', over: 'node', variant: 'up, chunks of 16 bytes, 32 MiB', atLeast: 1.5 },
  ],
  run,
}
