import { inRounds } from '../support/rounds.mjs'
import { runProgram } from '../support/run-program.mjs'

const stages = ['0', '1', '5', '10', '20']
const sources = ['sync', 'async', 'node']

const labels = {
  sluice: 'Sluice, pulled',
  'sluice-iterated': 'Sluice, for await',
  generators: 'async generators',
  'sync-generators': 'sync generators',
  'node-streams': 'Node streams of bytes',
  'node-objects': 'Node streams of objects',
  'web-streams': 'Web Streams',
  'stream-iter': 'node:stream/iter',
}

const script = 'test/bench/programs/filters.mjs'

/** Behind a flag as long as it is experimental; a Node that does not know the flag would not start. */
const flagsFor = ({ name }) =>
  Number(/\d+/.exec(name)?.[0]) >= 26 ? ['--experimental-stream-iter'] : []

const measure = async ({ peer, source, runtime: _, ...node }) => {
  const times = await runProgram(node, script, [peer, source, ...stages])
  if (times[0] === undefined) return []
  const values = Object.fromEntries(stages.map((count) => [`s${count}`, times[count]]))
  return [{ variant: source, values: { ...values, stage: (times[10] - times[0]) / 10 } }]
}

const entriesOf = ({ runtimes, only }) =>
  sources.flatMap((source) =>
    Object.keys(labels)
      .filter((peer) => only === undefined || only.includes(peer))
      .flatMap((peer) =>
        runtimes
          .filter(({ kind }) => kind === 'node')
          .map((node) => ({
            peer,
            source,
            variant: source,
            runtime: node.name,
            command: node.command,
            flags: flagsFor(node),
          })),
      ),
  )

const over = (peer, atLeast, more = {}) => ({
  metric: 's10',
  over: peer,
  variant: 'async',
  atMost: 1 / atLeast,
  ...more,
})

export const filters = {
  name: 'filters',
  title: 'Filters: 0 to 20 stages that pass everything on',
  about:
    'Nanoseconds a chunk of 64 bytes, each engine and source in a process of its own; `a stage of 10`: what ten cost over none, by ten. Sources: a generator, an async generator, a Node Readable. `node:stream/iter` hands on what a generator has in one batch.',
  metrics: {
    ...Object.fromEntries(
      stages.map((count) => [`s${count}`, { title: `${count} stages`, compared: count === '10' }]),
    ),
    stage: { title: 'a stage of 10' },
  },
  charted: 's10',
  variantTitle: 'source',
  labels,
  usesPeers: false,
  marks: [
    { metric: 'stage', variant: 'sync', atMost: 25 },
    { metric: 'stage', variant: 'async', atMost: 25 },
    over('generators', 5),
    over('node-objects', 5),
    over('stream-iter', 10),
    over('web-streams', 30, { until: 20 }),
  ],
  run: (bench) => inRounds(entriesOf(bench), bench, measure),
}
