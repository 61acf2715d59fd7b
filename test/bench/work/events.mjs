import { openPublisher } from '../clients/publisher.mjs'
import { StreamClients } from '../clients/stream-clients.mjs'
import { startServer } from '../support/bench-server.mjs'
import { inRounds } from '../support/rounds.mjs'

const clients = 1000
const messageBytes = 100

/** Publishes again and again, each time when everybody has the last message. */
const publishFor = async (seconds, entry) => {
  const deadline = performance.now() + seconds * 1000
  let messages = 0
  while (performance.now() < deadline) {
    const all = entry.streams.oneMore()
    entry.publisher.publish(messageBytes)
    await all
    messages += entry.streams.count
  }
  return messages
}

const measure = async (entry, seconds) => {
  const { server } = entry
  const cpuBefore = server.cpuSeconds
  const startedAt = performance.now()
  const messages = await publishFor(seconds, entry)
  const took = (performance.now() - startedAt) / 1000
  return {
    perSecond: messages / took,
    cpu: ((server.cpuSeconds - cpuBefore) * 1e6) / messages,
  }
}

const start = async (entry, bench) => {
  const server = await startServer(entry, entry.script, ['events'])
  if (server === undefined) return undefined
  const streams = new StreamClients('\n\n')
  const opened = { ...entry, server, streams }
  try {
    bench.progress(`connecting: ${entry.peer}, ${entry.runtime}`)
    await streams.open(server.port, clients, '/events')
    opened.publisher = await openPublisher(server.port)
    await publishFor(1, opened)
    return opened
  } catch (error) {
    streams.close()
    await server.stop()
    throw error
  }
}

const run = async (bench) => {
  const started = []
  try {
    for (const entry of bench.candidates) {
      const opened = await start(entry, bench).catch((error) =>
        bench.note(`${entry.peer}, ${entry.runtime}: ${error.message}`),
      )
      if (opened !== undefined) started.push(opened)
    }
    return await inRounds(started, bench, (entry) => measure(entry, bench.seconds / 2))
  } finally {
    for (const { streams, publisher } of started) {
      streams.close()
      publisher.close()
    }
    await Promise.all(started.map(({ server }) => server.stop()))
  }
}

export const events = {
  name: 'events',
  title: 'Server-sent events to 1,000 clients',
  about:
    'One message of 100 bytes to all, and the next when everybody has it. Sluice: a generator that pauses until the next message. `node:http`: a set of responses. Fastify: a Readable. Hono and h3: their own event streams.',
  metrics: {
    perSecond: { title: 'messages/s', compared: true },
    cpu: { title: 'CPU µs/message', compared: true },
  },
  charted: 'cpu',
  peers: ['sluice', 'net', 'node', 'fastify', 'hono', 'h3', 'deno', 'bun'],
  marks: [],
  run,
}
