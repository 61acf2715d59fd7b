import { isFlush } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { countKind, noneMadeOfError } from './count-kind.ts'
import { describeError } from './describe.ts'
import { endedWell } from './ended-well.ts'
import { leavesAtStall } from './leaves-at-stall.ts'
import { observe } from './observe.ts'
import { observeQuiet } from './observe-quiet.ts'
import { releasesBefore } from './releases-before.ts'
import { lastInputs, longScript, manyScript, plainScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

/** Longer than most buffers. */
const longBytes = 131_072

export const flush: Law = {
  number: 2,
  title: 'flush',
  says: 'when a flush leaves, everything derived from the data before it has left; none is lost, none is made up',
  kinds: { marks: ['flush'] },
  async check(under, script) {
    const seen = await observe(under, script)
    const isWhole = endedWell(under, seen)
    receiptsTold(under, seen)
    if (!isWhole) return
    countKind(under, seen, 'flush')
    if (!under.drops.has('flush')) noneLost(seen)
    if (!under.delaysFlush) {
      await releasesBefore(under, script, 'flush')
      await leavesAtStall(under, script, 'flush')
    }
    await toldHoweverItEnds(under, script, seen.left.length)
    await toldLate(under, script)
    await toldReason(under, script, new Error('the client left'))
  },
  async atLast(under) {
    await noneMadeOf(under, longScript(under, longBytes, longBytes))
    await noneMadeOf(under, manyScript(under, 'flush'))
    const [bytes] = lastInputs(under)
    if (bytes !== undefined && !under.refuses.has('flush'))
      for (const lost of falsyReasons) await toldReason(under, markedScript(bytes), lost)
    const { stalled } = await observeQuiet(under)
    countKind(under, stalled, 'flush')
  },
}

/**
 * The receipt of each flush that was taken from the source must be called exactly once, or the code that waits for it would wait
 * for ever. The reader of the flush calls it, or a filter does, such as one that waits for several readers.
 */
const receiptsTold = ({ delaysFlush }: FilterUnderTest, seen: Observation): void => {
  let before = 0
  seen.given.forEach((frame, index) => {
    if (!isFlush(frame) || !seen.source.given.includes(frame)) return
    before++
    const fault = seen.receipts.faultOf(index, delaysFlush ? 1 : before)
    if (fault !== undefined) throw new BrokenLaw(`the receipt of a flush ${fault}`, seen)
  })
}

/** Counts the flushes of an unusual body. */
const noneMadeOf = async (under: FilterUnderTest, script: Script | undefined): Promise<void> => {
  if (script === undefined) return
  const seen = await observe(under, script)
  if (!endedWell(under, seen)) return
  receiptsTold(under, seen)
  countKind(under, seen, 'flush')
}

/** A server may send the bytes long after it took the flush: even then each receipt is called, in order. */
const toldLate = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const seen = await observe(under, { ...script, tells: 'at the end' })
  receiptsTold(under, seen)
  const order = seen.toldLate.flat()
  if (under.delaysFlush || !order.some((id, index) => id < (order[index - 1] ?? -1))) return
  throw new BrokenLaw('a flush called the receipt of another, when called at the end', seen)
}

/** Falsy reasons: code that does not compare a reason with `undefined` takes them for success. */
const falsyReasons = [null, 0, '', false] as const

const markedScript = (bytes: Uint8Array): Script => ({
  ...plainScript(bytes),
  marks: [{ kind: 'flush', at: bytes.length >> 1, variant: 0 }],
})

const toldReason = async (under: FilterUnderTest, script: Script, lost: unknown): Promise<void> => {
  if (under.drops.has('flush')) return
  const seen = await observe(under, { ...script, tells: { lost } })
  if (!endedWell(under, seen)) return
  receiptsTold(under, seen)
  seen.given.forEach((frame, index) => {
    if (!isFlush(frame) || frame.sent === undefined || seen.receipts.reasonOf(index) === lost)
      return
    throw new BrokenLaw(
      `the receipt of a flush got ${describeError(seen.receipts.reasonOf(index))}, but the reader passed ${describeError(lost)}`,
      seen,
    )
  })
}

const noneLost = (seen: Observation): void => {
  seen.given.forEach((_, index) => {
    if (seen.receipts.isLost(index))
      throw new BrokenLaw('the receipt of a flush was told that it is lost', seen)
  })
}

const toldHoweverItEnds = async (
  under: FilterUnderTest,
  script: Script,
  frames: number,
): Promise<void> => {
  const failure = { error: new Error('the source broke') }
  const failed = await observe(under, { ...script, failure })
  receiptsTold(under, failed)
  noneMadeOfError(under, failed, 'flush')
  if (!script.marks.some(({ kind }) => kind === 'flush')) return
  for (let leavesAfter = 1; leavesAfter <= frames; leavesAfter++)
    receiptsTold(under, await observe(under, { ...script, leavesAfter }))
}
