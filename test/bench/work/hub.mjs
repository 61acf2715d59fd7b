import { spawnSync } from 'node:child_process'
import { openPublisher } from '../clients/publisher.mjs'
import { StreamClients } from '../clients/stream-clients.mjs'
import { startServer } from '../support/bench-server.mjs'
import { printProbe } from '../support/compressors.mjs'
import { inRounds } from '../support/rounds.mjs'
import { median, ratio, readable, valuesOf } from '../support/statistics.mjs'

const clients = 1000
const messageBytes = 100
const script = 'test/bench/servers/hub/server.mjs'

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

const candidates = [
  { peer: 'share', label: 'share(() => encodeEvents(source)), no log' },
  { peer: 'share-events', label: 'events(share(…).reader()), no log' },
  { peer: 'memory', label: 'events(topic.read(…)), memory' },
  ...(hasRedis ? [{ peer: 'redis', label: 'events(topic.read(…)), Redis' }] : []),
]

const runtime = { command: process.execPath, args: ['--expose-gc'], env: {} }

const start = async ({ peer, label }) => {
  const server = await startServer(runtime, script, [peer])
  const streams = new StreamClients('\n\n')
  const before = await server.memory()
  await streams.open(server.port, clients, '/events')
  const idle = await server.memory()
  const heap = (idle.heapUsed - before.heapUsed) / clients
  const publisher = await openPublisher(server.port)
  return { peer, label, runtime: 'node', server, streams, publisher, heap }
}

/** Publishes again and again, each time when everybody has the last message: CPU of the server for each message to each client. */
const measure = async ({ server, streams, publisher }, seconds) => {
  const cpuBefore = server.cpuSeconds
  const deadline = performance.now() + seconds * 1000
  let messages = 0
  while (performance.now() < deadline) {
    const all = streams.oneMore()
    publisher.publish(messageBytes)
    await all
    messages += streams.count
  }
  return { cpu: ((server.cpuSeconds - cpuBefore) * 1e6) / messages }
}

const run = async ({
  rounds = 9,
  seconds = 2,
  progress = () => {},
  note = console.error,
  only,
}) => {
  const started = []
  try {
    for (const candidate of candidates)
      if (only === undefined || only.includes(candidate.peer)) started.push(await start(candidate))
    for (const each of started) await measure(each, 1)
    const samples = await inRounds(started, { rounds, progress, note }, (each) =>
      measure(each, seconds),
    )
    const rows = started.map(({ peer, label, heap }) => [
      label,
      readable(median(valuesOf(samples, 'cpu', { peer }))),
      readable(ratio(samples, 'cpu', { peer }, { peer: 'share' })),
      readable(heap),
    ])
    const columns = [
      { title: '', text: true },
      { title: 'CPU a message and client, us' },
      { title: 'by share in the same round' },
      { title: 'heap of a client, bytes' },
    ]
    const title = `Server-sent events of one topic to ${clients} clients, ${rounds} rounds`
    printProbe(title, columns, rows, { peers: false })
  } finally {
    for (const { streams, publisher } of started) {
      streams.close()
      publisher.close()
    }
    await Promise.all(started.map(({ server }) => server.stop()))
  }
}

/** What a log behind event streams costs. */
export const hub = { name: 'hub', probe: true, run }
