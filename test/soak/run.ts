// node build.mjs soak [--seconds N]: good and bad clients together, for 5 minutes or so many seconds, at most 540.
// Each answer is checked: an id that no other request has comes back.
// node build.mjs soak --disconnects N [--host node:http | express | http2 | blocking]: so many clients that leave while responses
// pause, compress, share, spool and flush; or while functions on threads read, write and wait for a thread.
// node build.mjs soak --hub memory | redis | postgres [--seconds N]: chaos for a quarter of the time, then 1,000 entries a second.
// node build.mjs soak --example NAME | all [--disconnects N]: so many clients of an example, killed at a random time, 200 by default.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openLabs } from '../faults/support/lab.ts'
import { msUntil } from '../faults/support/measure.ts'
import { randomFrom } from '../faults/support/random.ts'
import { listExamples } from '../support/runner/copy-example.mjs'
import { disconnects, leftHosts } from './disconnects.ts'
import { soakExamples } from './examples.ts'
import { soakHub } from './hub.ts'
import { pickAction } from './mix.ts'
import { slopeOf } from './samples.ts'
import type { ServerProcess } from '../faults/support/server-process.ts'
import type { Finding, LeftHost } from './disconnects.ts'
import type { Soak } from './lab.ts'
import type { Sample, Slope } from './samples.ts'

const clients = 40
const sampleSeconds = 2
/** MiB by which the heap may be larger at the end than after the first clients: what V8 compiled since. */
const heapGrowth = 2

/** MiB in ten minutes by which resident memory may rise, and the seconds of soaking after which that can be told. */
const rssSlope = 1
const slopeSeconds = 120

interface Tally {
  actions: number
  readonly wrong: string[]
}

const tell = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Clients one after the other until the time is over. */
const keepBusy = async (soak: Soak, tally: Tally, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    tally.actions++
    await pickAction(soak.random)(soak).catch((error) => tally.wrong.push(tell(error)))
  }
}

const load = async (server: ServerProcess, seed: number, tally: Tally, isOver: () => boolean) => {
  const random = randomFrom(seed)
  let ids = 0
  const soak = { port: server.port, random, newId: () => `soak-${seed}-${ids++}` }
  await Promise.all(Array.from({ length: clients }, () => keepBusy(soak, tally, isOver)))
}

const take = async (server: ServerProcess, started: number): Promise<Sample> => {
  const { heapUsed } = await server.report()
  const at = (performance.now() - started) / 1000
  return { at, rss: server.rss(), heap: heapUsed / 1_048_576 }
}

/** Waits for what closes a while after its client: a server at rest has no socket but those it had before. */
const atRest = async (server: ServerProcess, sockets: number) => {
  await msUntil(12_000, () => server.sockets() <= sockets)
  await sleep(1000)
  return server.report()
}

const soak = async (server: ServerProcess, seconds: number) => {
  const tally: Tally = { actions: 0, wrong: [] }
  const sockets = server.sockets()
  const first = performance.now() + Math.min(20, seconds / 5) * 1000
  await load(server, 1, tally, () => performance.now() > first)
  const before = await atRest(server, sockets)
  const started = performance.now()
  let over = false
  const loading = load(server, 2, tally, () => over)
  const samples: Sample[] = []
  while (performance.now() - started < seconds * 1000) {
    await sleep(sampleSeconds * 1000)
    samples.push(await take(server, started))
    if (samples.length % 15 === 0) console.log(progress(samples, tally))
  }
  over = true
  await loading
  const after = await atRest(server, sockets)
  return { tally, samples, before, after, sockets: server.sockets() - sockets }
}

const progress = (samples: readonly Sample[], { actions, wrong }: Tally) => {
  const last = samples.at(-1)
  return `${last?.at.toFixed(0)} s: ${actions} clients, ${wrong.length} wrong, rss ${last?.rss.toFixed(1)} MiB, heap ${last?.heap.toFixed(1)} MiB`
}

const perTenMinutes = ({ rise, margin }: Slope) =>
  `${rise.toFixed(2)} +- ${margin.toFixed(2)} MiB in 10 min`

const judge = ({
  tally,
  samples,
  before,
  after,
  sockets,
}: Awaited<ReturnType<typeof soak>>): readonly Finding[] => {
  const later = samples.slice(Math.floor(samples.length / 3))
  const growth = (after.heapUsed - before.heapUsed) / 1_048_576
  const handles = after.resources - before.resources
  const rss = slopeOf(later, 'rss')
  const isLong = (samples.at(-1)?.at ?? 0) >= slopeSeconds
  return [
    { name: 'wrong answers', found: `${tally.wrong.length}`, good: tally.wrong.length === 0 },
    { name: 'uncaught errors', found: `${after.uncaught}`, good: after.uncaught === 0 },
    { name: 'handles left', found: `${handles}`, good: handles <= 0 },
    { name: 'sockets left', found: `${sockets}`, good: sockets <= 0 },
    {
      name: 'heap growth',
      found: `${growth.toFixed(2)} MiB; slope ${perTenMinutes(slopeOf(later, 'heap'))}`,
      good: growth <= heapGrowth,
    },
    {
      name: 'RSS slope',
      found: `${perTenMinutes(rss)}${isLong ? '' : ', too short to judge'}`,
      good: !isLong || rss.rise - rss.margin <= rssSlope,
    },
  ]
}

const number = (name: string, given: string, least: number, most: number): number => {
  const value = Number(given)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`Cannot soak: found --${name} ${given}, wanted ${least} to ${most}`)
}

const hostNamed = (given: string): LeftHost => {
  const host = leftHosts.find((each) => each === given)
  if (host !== undefined) return host
  throw new RangeError(`Cannot soak: found --host ${given}, wanted one of ${leftHosts.join(', ')}`)
}

const soakFor = async (seconds: number): Promise<readonly Finding[]> => {
  const labs = await openLabs()
  try {
    return await labs.run(async (lab) => {
      const result = await soak(await lab.start('sluice'), seconds)
      for (const wrong of result.tally.wrong.slice(0, 10)) console.log(wrong)
      return judge(result)
    })
  } finally {
    labs.discard()
  }
}

interface Values {
  readonly seconds: string
  readonly host: string
  readonly disconnects?: string | undefined
  readonly hub?: string | undefined
  readonly example?: string | undefined
}

const exampleNamed = (given: string): string => {
  const names = ['all', ...listExamples()]
  if (names.includes(given)) return given
  throw new RangeError(`Cannot soak: found --example ${given}, wanted one of ${names.join(', ')}`)
}

const findingsOf = ({ seconds, host, disconnects: clients, hub, example }: Values) => {
  if (example !== undefined)
    return soakExamples(
      exampleNamed(example),
      number('disconnects', clients ?? '200', 1, 10_000_000),
    )
  if (hub !== undefined) return soakHub(hub, number('seconds', seconds, 20, 3_600))
  if (clients === undefined) return soakFor(number('seconds', seconds, 10, 540))
  return disconnects(number('disconnects', clients, 200, 10_000_000), hostNamed(host))
}

const main = async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      disconnects: { type: 'string' },
      host: { type: 'string', default: 'sluice' },
      hub: { type: 'string' },
      example: { type: 'string' },
    },
  })
  const findings = await findingsOf(values)
  for (const { name, found, good } of findings)
    console.log(`${name}: ${found}${good ? '' : ' (not met)'}`)
  const failed = findings.filter(({ good }) => !good).length
  console.log(`${findings.length - failed} passed, ${failed} failed, 0 skipped`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()
