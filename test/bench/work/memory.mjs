import { openPublisher } from '../clients/publisher.mjs'
import { StreamClients } from '../clients/stream-clients.mjs'
import { startServer } from '../support/bench-server.mjs'
import { inRounds } from '../support/rounds.mjs'

/** So many come and go first, so that what is compiled, cached and pooled at the first is not counted. */
const warmConnections = 100
const kibi = 1024

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * What connections do while they are measured. As many as the client can have where that is cheap: what a process grows by, however
 * many there are, is a part of every one.
 */
const states = {
  idle: { connections: 10_000, target: '/hello', marker: 'Hello, world!' },
  paused: { connections: 10_000, target: '/events', marker: '\n\n' },
  streaming: {
    connections: 2000,
    target: '/events',
    marker: '\n\n',
    messageBytes: 1024,
    everyMs: 250,
  },
}

const publishEvery = ({ everyMs, messageBytes }, publisher) => {
  if (everyMs === undefined) return () => {}
  const timer = setInterval(() => publisher.publish(messageBytes), everyMs)
  return () => clearInterval(timer)
}

/** JavaScriptCore says of its heap what cannot be laid beside V8's. */
const heapGrowth = ({ peer }, before, after) =>
  peer === 'bun' ? Number.NaN : after.heapUsed - before.heapUsed

const measureState = async (entry, server, publisher) => {
  const { variant } = entry
  const { connections, target, marker, ...state } = states[variant]
  const streams = new StreamClients(marker)
  const warm = new StreamClients(marker)
  try {
    await warm.open(server.port, warmConnections, target)
    warm.close()
    await pause(300)
    const before = await server.memory()
    await streams.open(server.port, connections, target)
    const stopPublishing = publishEvery(state, publisher)
    await pause(1200)
    const after = await server.memory()
    stopPublishing()
    return {
      rss: (after.rss - before.rss) / connections / kibi,
      heap: heapGrowth(entry, before, after) / connections / kibi,
    }
  } finally {
    warm.close()
    streams.close()
  }
}

/** A server of its own for each state: what one leaves in its heap would stand in the next. */
const measure = async (entry) => {
  const server = await startServer(entry, entry.script, ['events'])
  if (server === undefined) throw new Error('has no events')
  const publisher = await openPublisher(server.port)
  try {
    return await measureState(entry, server, publisher)
  } finally {
    publisher.close()
    await server.stop()
  }
}

export const memory = {
  name: 'memory',
  title: 'Memory of a connection: idle, paused, streaming',
  about:
    'After garbage has been collected, over what was there before. Idle, 10,000 connections: one request answered, kept alive. Paused, 10,000: an event stream that has sent one event and waits. Streaming, 2,000: an event of 1 KiB four times a second.',
  metrics: {
    rss: { title: 'RSS KiB/connection', compared: true },
    heap: { title: 'heap KiB/connection', compared: true },
  },
  charted: 'rss',
  variantTitle: 'state',
  peers: ['sluice', 'net', 'node', 'fastify', 'hono', 'deno', 'bun'],
  marks: [
    { metric: 'rss', over: 'node', variant: 'paused', atMost: 0.5 },
    { metric: 'heap', variant: 'paused', atMost: 2.5 },
  ],
  run: (bench) =>
    inRounds(
      Object.keys(states).flatMap((variant) =>
        bench.candidates.map((entry) => ({ ...entry, variant })),
      ),
      { ...bench, rounds: Math.ceil(bench.rounds / 3) },
      measure,
    ),
}
