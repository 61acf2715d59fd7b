import { BrokenLaw } from './broken-law.ts'
import { observe, rest } from './observe.ts'
import { platform } from './platform.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing, Observation } from './observation.ts'

/** Reads this many bodies, to distinguish handles of each body from those that are made once. */
const bodies = 4

/** Milliseconds that a handle, such as a socket or a file, may take to close. */
const patienceMs = 400
const stepMs = 20

/**
 * Checks that no timer or other handle remains after a body is over, if the platform lists them.
 *
 * @throws {BrokenLaw} If each body leaves one behind.
 */
export const leavesNoHandles = async (under: FilterUnderTest): Promise<void> => {
  if (activeNow() === undefined) return
  const [bytes = new Uint8Array()] = lastInputs(under)
  const at = bytes.length >> 1
  const plain: Doing = { ...plainScript(bytes), cuts: [at], asksNoMore: true }
  await isClear(under, plain, 'after its end')
  await isClear(under, { ...plain, leavesAfter: 1 }, 'after the reader had left')
  const failure = { error: new Error('the source broke') }
  await isClear(under, { ...plain, failure }, 'after the source had failed')
  await isClear(under, { ...plain, stallsAt: 1 }, 'after the reader had left a source that waits')
  const { offersPull } = await observe(under, plain)
  // A generator's return() waits for what the generator waits for.
  if (offersPull && !under.closesLate)
    await isClear(
      under,
      { ...plain, stallsAt: 1, neverAnswers: true },
      'after the reader had left a source that never answers',
    )
  if (under.refuses.has('pause') || under.drops.has('pause')) return
  const marks = [{ kind: 'pause', at, variant: 0 } as const]
  const until = new Promise<void>(() => {})
  await isClear(
    under,
    { ...plain, marks, until, leavesInPause: true },
    'after the reader had left in a pause',
  )
}

const isClear = async (under: FilterUnderTest, doing: Doing, when: string): Promise<void> => {
  await rest()
  const before = activeNow()
  let seen: Observation | undefined
  for (let body = 0; body < bodies; body++) seen = await observe(under, doing)
  await rest()
  for (let waitedMs = 0; ; waitedMs += stepMs) {
    const more = grownBy(before, activeNow())
    if (more === undefined || seen === undefined) return
    if (waitedMs >= patienceMs)
      throw new BrokenLaw(`each body leaves a ${more} behind, ${when}`, seen)
    await new Promise((resolve) => setTimeout(resolve, stepMs))
  }
}

type Counts = ReadonlyMap<string, number>

/** What keeps the process running, by kind; `undefined` if the platform does not list it. */
const activeNow = (): Counts | undefined => {
  const kinds = platform.process?.getActiveResourcesInfo?.()
  if (kinds === undefined) return undefined
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** A kind of which each body left one more. */
const grownBy = (before: Counts | undefined, now: Counts | undefined): string | undefined => {
  for (const [kind, count] of now ?? [])
    if (count - (before?.get(kind) ?? 0) >= bodies) return kind === 'Timeout' ? 'timer' : kind
  return undefined
}
