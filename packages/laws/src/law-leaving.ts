import { BrokenLaw } from './broken-law.ts'
import { leavesNoHandles } from './leaves-no-handles.ts'
import { observe, rest } from './observe.ts'
import { lastInputs, plainScript } from './scripts.ts'
import { unhandledDuring } from './unhandled-during.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

export const leaving: Law = {
  number: 9,
  title: 'leaving early',
  says: 'closes the source, exactly once, however the body ends: end, error, disconnect, break; nothing goes on after it',
  kinds: { marks: ['flush', 'pause', 'other'], trailers: true },
  async check(under, script) {
    const whole = await observe(under, script)
    closedOnce(whole)
    closedOnce(await observe(under, { ...script, failure: { error: new Error('it broke') } }))
    for (let leavesAfter = 0; leavesAfter <= whole.left.length; leavesAfter++) {
      const seen = await observe(under, { ...script, leavesAfter })
      // A generator that was never started closes nothing: `pipe` does that for it.
      if (leavesAfter === 0 && !seen.offersPull) continue
      closedOnce(seen)
    }
    for (let stallsAt = 0; stallsAt <= whole.given.length; stallsAt++)
      closedWhilePending(under, await observe(under, { ...script, stallsAt }))
    if (under.inputs !== undefined) closedOnce(await garbled(under, script))
  },
  async atLast(under) {
    await leavesBare(under)
    await closingFails(under)
    await leavesNoHandles(under)
  },
}

/** An iterator without `return()` cannot be closed, which is not a failure. */
const leavesBare = async (under: FilterUnderTest): Promise<void> => {
  const [bytes = new Uint8Array()] = lastInputs(under)
  const script: Script = { ...plainScript(bytes), cuts: [bytes.length >> 1], source: 'bare' }
  for (const leavesAfter of [0, 1]) {
    const seen = await observe(under, { ...script, leavesAfter })
    if (seen.closeFailure === undefined) continue
    throw new BrokenLaw(`closing failed: ${seen.closeFailure}`, seen)
  }
}

/** If a source fails to close, only the reader may get the error. */
const closingFails = async (under: FilterUnderTest): Promise<void> => {
  const [bytes = new Uint8Array()] = lastInputs(under)
  const plain = { ...plainScript(bytes), cuts: [bytes.length >> 1] }
  for (const source of ['pull', 'iterable'] as const)
    for (const way of [{ leavesAfter: 1 }, { stallsAt: 1 }, {}]) {
      const error = new Error('it did not close')
      const closeFailure = { error }
      const { outcome: seen, reasons } = await unhandledDuring(async () => {
        const closed = await observe(under, { ...plain, ...way, source, closeFailure })
        await rest()
        return closed
      }, error)
      if (reasons > 0)
        throw new BrokenLaw('the source failed to close: an unhandled rejection', seen)
    }
}

/** A source that has ended need not be closed, but may be. */
const closedOnce = (seen: Observation): void => {
  if (seen.closeFailure !== undefined)
    throw new BrokenLaw(`closing failed: ${seen.closeFailure}`, seen)
  const { closes, source } = seen
  if (closes > 1) throw new BrokenLaw(`the source was closed ${closes} times`, seen)
  if (closes === 0 && !source.ended) throw new BrokenLaw('the source was never closed', seen)
  const [again] = seen.end.kind === 'left' ? seen.after : []
  if (again !== undefined) throw new BrokenLaw(`the reader had left, and was given ${again}`, seen)
}

const closedWhilePending = (under: FilterUnderTest, seen: Observation): void => {
  if (seen.end.kind !== 'stalled') return
  closedOnce(seen)
  // A generator's return() waits for what the generator waits for.
  if (under.closesLate || !seen.offersPull || seen.closesAtStall > 0) return
  throw new BrokenLaw('the source was not closed before it had answered', seen)
}

/** Invalid input for a decoder: it may fail, which is another way to end. */
const garbled = (under: FilterUnderTest, script: Script): Promise<Observation> =>
  observe(under, { ...script, bytes: script.bytes.toReversed() })
