// @slow 6
// Whatever becomes of appends and processes: what is produced arrives once and in order.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from '../support/holds.ts'
import { soon, withProcesses } from '../support/hub/processes.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { deferred, within } from '../support/within.ts'
import type { AppendOutcome, ProduceContext } from '@sluice/hub'
import type { Process } from '../support/hub/processes.ts'

const properties = suite('produce: properties')

const numbers = 60
const leaseMs = 60
const engineTimeoutMs = 25

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const fates = ['arrives', 'is lost', 'is not answered', 'is late'] as const
type Fate = (typeof fates)[number]

const meet = async (fate: Fate, pass: () => Promise<AppendOutcome>): Promise<AppendOutcome> => {
  switch (fate) {
    case 'arrives':
      return pass()
    case 'is lost':
      throw new Error('lost')
    case 'is not answered':
      await pass()
      throw new Error('not answered')
    case 'is late':
      await wait(engineTimeoutMs * 2)
      return pass()
  }
}

/** What happens to a process; `undefined` stands for its close. */
interface Blow {
  readonly afterMs: number
  readonly to: 0 | 1
  readonly suspendedMs: number | undefined
}

async function* source({ last, signal }: ProduceContext) {
  for (let i = Number(last?.value ?? 0) + 1; i <= numbers && !signal.aborted; i++) {
    yield i
    if (i % 7 === 0) await wait(5)
  }
}

const strike = async ({ to, suspendedMs }: Blow, processes: readonly Process[]): Promise<void> => {
  const process = processes[to]
  if (process === undefined) return
  if (suspendedMs === undefined) return process.hub.close()
  const over = deferred()
  process.guard.suspended = over.promise
  await wait(suspendedMs)
  process.guard.suspended = undefined
  over.resolve()
}

/** The third process survives, and reads. */
const run = (fateOfAppends: readonly Fate[], blows: readonly Blow[]): Promise<void> =>
  withProcesses(
    3,
    async (...processes) => {
      let appends = 0
      const outcomes = processes.map(({ guard, topic }) => {
        guard.append = (pass) => meet(fateOfAppends[appends++] ?? 'arrives', pass)
        return topic.produce(source).outcome
      })
      const [one, two, three] = processes
      for (const { topic } of [one, two]) readItems(topic.read()).catch(() => {})
      const reading = readItems(three.topic.read())
      for (const blow of blows) {
        await wait(blow.afterMs)
        await strike(blow, processes)
      }
      const briefs = (await within(soon * 2, reading)).map(brief)
      const wanted = Array.from({ length: numbers }, (_, i) => `v ${i + 1}`)
      assert.equal(briefs, [...wanted, 'end finished'])
      assert.is(await within(soon, outcomes[2]), 'finished')
    },
    { leaseMs, engineTimeoutMs },
  )

properties(
  'each number once and in order, over faults of the engine and of processes',
  async () => {
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(...fates), { maxLength: 30 }),
      fc.array(
        fc.record({
          afterMs: fc.nat(40),
          to: fc.constantFrom(0 as const, 1 as const),
          suspendedMs: fc.option(fc.nat(leaseMs * 3), { nil: undefined }),
        }),
        { maxLength: 3 },
      ),
      run,
    )
    await holds(property, 20)
  },
)

properties.run()
