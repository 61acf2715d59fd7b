import { csvBatch } from '../clients/csv.mjs'
import { download } from '../clients/download.mjs'
import { pingDelays } from '../clients/pings.mjs'
import { plainBatch, upload } from '../clients/upload.mjs'
import { startServer } from '../support/bench-server.mjs'
import { measureLoad } from '../support/requests.mjs'
import { inRounds } from '../support/rounds.mjs'
import { runProgram } from '../support/run-program.mjs'

const mebi = 1_048_576
const script = 'test/bench/servers/blocking/server.mjs'
const program = 'test/bench/programs/blocking.mjs'

/** MiB before anything is counted: what is hot is compiled by then, on both threads. At 256 half of it was not. */
const warmMebi = 1024
const mebis = 512

const upBy = (batch) => (port, bytes) => upload(port, { framing: 'length', batch, bytes })

const transferBy = (send) => async (server) => {
  await send(server.port, warmMebi * mebi)
  const before = server.cpuSeconds
  const { contentBytes, seconds } = await send(server.port, mebis * mebi)
  const amount = contentBytes / mebi
  return { rate: amount / seconds, cpu: ((server.cpuSeconds - before) * 1000) / amount }
}

const requests = async (server, bench) => {
  const entry = { path: '/', connections: 16 }
  await measureLoad(server, { ...bench, seconds: 1 }, entry)
  const { perSecond, cpu } = await measureLoad(server, bench, entry)
  return { rate: perSecond, cpu }
}

const pings = async ({ port }) => {
  const idle = await pingDelays(port, 0)
  const busy = await pingDelays(port, 4)
  return { idle: idle.p99, p99: busy.p99, late: busy.p99 - idle.p99 }
}

/** A kind of work: the peers, the app that each runs, and how it is measured. */
const kinds = [
  {
    variant: 'lines, MiB/s',
    peers: { sluice: 'lines', readline: 'lines' },
    measure: transferBy(upBy(csvBatch()), 0.5),
  },
  {
    variant: 'up, MiB/s',
    peers: { sluice: 'up', async: 'up', 'post-message': 'up', piscina: 'up' },
    measure: transferBy(upBy(plainBatch())),
  },
  {
    variant: 'up by readInto, MiB/s',
    peers: { sluice: 'upInto', async: 'up' },
    measure: transferBy(upBy(plainBatch())),
  },
  {
    variant: 'down, MiB/s',
    peers: { sluice: 'down', async: 'down', 'post-message': 'down', piscina: 'down' },
    measure: transferBy(download),
  },
  {
    variant: 'small, requests/s',
    peers: { sluice: 'small', piscina: 'small', tinypool: 'small' },
    measure: requests,
  },
  { variant: 'pings', peers: { sluice: 'pings' }, measure: pings },
]

const withoutHttp = [
  { variant: 'lines, no HTTP, MiB/s', kind: 'lines', peers: ['sluice', 'readline'] },
  { variant: 'up, no HTTP, MiB/s', kind: 'up', peers: ['sluice', 'post-message', 'piscina'] },
  { variant: 'up by readInto, no HTTP, MiB/s', kind: 'upInto', peers: ['sluice'] },
  { variant: 'down, no HTTP, MiB/s', kind: 'down', peers: ['sluice', 'post-message', 'piscina'] },
]

/** In a process of its own each time: how its memory comes to lie makes one half as fast as another. */
const measureServed = async ({ peer, app, measure, command, args }, bench) => {
  const server = await startServer({ command, args }, script, [peer, app])
  try {
    return await measure(server, bench)
  } finally {
    await server.stop()
  }
}

const entriesOf = ({ runtimes, only }) =>
  runtimes
    .filter(({ kind }) => kind === 'node')
    .flatMap((node) => {
      const common = { runtime: node.name, command: node.command, args: node.args }
      return [
        ...kinds.flatMap(({ variant, peers, measure }) =>
          Object.entries(peers).map(([peer, app]) => ({ ...common, variant, peer, app, measure })),
        ),
        ...withoutHttp.flatMap(({ variant, kind, peers }) =>
          peers.map((peer) => ({ ...common, variant, peer, kind })),
        ),
      ]
    })
    .filter(({ peer }) => only === undefined || only.includes(peer))

const measureEntry = (entry, bench) =>
  entry.measure === undefined
    ? runProgram({ command: entry.command }, program, [
        entry.peer,
        entry.kind,
        entry.kind === 'lines' ? '64' : '512',
      ])
    : measureServed(entry, bench)

const bytesMarks = ['up', 'up by readInto', 'down'].flatMap((way) => [
  { metric: 'rate', over: 'async', variant: `${way}, MiB/s`, atLeast: 0.7 },
  ...['post-message', 'piscina'].flatMap((over) => [
    { metric: 'rate', over, variant: `${way}, MiB/s`, atLeast: 1 },
    { metric: 'rate', over, variant: `${way}, no HTTP, MiB/s`, atLeast: 1 },
  ]),
])

export const blocking = {
  name: 'blocking',
  title: 'Blocking functions',
  about:
    'A function on a worker thread that reads lines of CSV or blocks of bytes (by `read`, or by `readInto` a block of its own), writes 64 KiB at a time, or returns a short text. Beside it: an asynchronous handler of ours; `node:readline`, by its events, in the loop; a worker that gets the chunks of Node streams by `postMessage`, 16 under way at most; the same by Piscina; `pool.run` behind our server. Over HTTP from another process, and without it, where the content is there at once. Pings: 200 a second, beside four functions that compute for 2 s.',
  metrics: {
    rate: { title: 'a second', compared: true },
    cpu: { title: 'CPU, ms/MiB or µs/request', compared: true },
    p99: { title: 'p99 ms' },
    idle: { title: 'p99 ms, idle' },
    late: { title: 'ms more' },
  },
  charted: 'rate',
  variantTitle: 'what',
  labels: {
    sluice: 'blocking()',
    async: 'asynchronous handler',
    readline: 'node:readline, in the loop',
    'post-message': 'Worker, postMessage',
    piscina: 'Piscina',
    tinypool: 'Tinypool',
  },
  marks: [
    { metric: 'rate', over: 'readline', variant: 'lines, MiB/s', atLeast: 0.7 },
    ...bytesMarks,
    { metric: 'late', variant: 'pings', atMost: 20 },
  ],
  run: (bench) => inRounds(entriesOf(bench), bench, (entry) => measureEntry(entry, bench)),
}
