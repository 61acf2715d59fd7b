import { BrokenLaw } from './broken-law.ts'
import { bytesAround, passingKind } from './bytes-around.ts'
import { noneMadeOfError } from './count-kind.ts'
import { describeBytes, describeError } from './describe.ts'
import { failureReasons } from './failure-reasons.ts'
import { observe } from './observe.ts'
import { observeQuiet, wentOn } from './observe-quiet.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

const controlKinds = ['flush', 'pause', 'trailers', 'other'] as const

export const failing: Law = {
  number: 10,
  title: 'an error is not an end',
  says: 'it goes on to the reader; nothing follows it; it never looks like success',
  kinds: { marks: ['flush', 'pause', 'other'], trailers: true },
  async check(under, script) {
    const error = new Error('the source broke')
    const { given } = await observe(under, script)
    for (let gives = 0; gives <= given.length; gives++)
      goesOn(under, await observe(under, { ...script, gives, failure: { error } }), error)
    await endsNothing(under, script, error)
  },
  async atLast(under) {
    // Any value can be thrown. Some filters take `undefined` for no error, or some errors for an end.
    const [bytes = new Uint8Array()] = lastInputs(under)
    for (const reader of ['pull', 'iterator'] as const)
      for (const error of failureReasons()) {
        const text = describeError(error)
        goesOn(
          under,
          await observe(under, { ...plainScript(bytes), reader, failure: { error } }),
          error,
          text,
        )
      }
    const plain = await observe(under, { ...plainScript(bytes), cuts: [bytes.length >> 1] })
    wentOn(await observeQuiet(under), plain)
  },
}

const goesOn = (
  under: FilterUnderTest,
  seen: Observation,
  error: unknown,
  text: string = describeError(error),
): void => {
  const { end } = seen
  if (end.kind === 'failed' && under.mayFail && end.error !== error) return
  if (end.kind === 'late')
    throw new BrokenLaw(`nothing came within ${under.timeoutMs} ms of the error`, seen)
  if (end.kind !== 'failed') throw new BrokenLaw('it ended well, and its source had failed', seen)
  if (end.error !== error)
    throw new BrokenLaw(
      `it failed with ${describeError(end.error)}, and its source with ${describeError(error)}`,
      seen,
    )
  if (describeError(error) !== text)
    throw new BrokenLaw(
      `it has changed the error, which was ${text}, to ${describeError(error)}`,
      seen,
    )
  for (const kind of controlKinds) noneMadeOfError(under, seen, kind)
  if (seen.source.pullsAfterError > 0)
    throw new BrokenLaw('it pulled a failed source again before it gave the reader the error', seen)
  const [again] = seen.after
  if (again !== undefined) throw new BrokenLaw(`${again} followed the error`, seen)
}

/** A mark of completeness, such as a last chunk, must not follow a failure. After a flush nothing else may still leave. */
const endsNothing = async (under: FilterUnderTest, script: Script, error: Error): Promise<void> => {
  const kind = passingKind(under)
  if (kind === undefined || under.maxHeldOverFlushBytes > 0) return
  const parted = await bytesAround(under, { ...script, trailers: false, failure: { error } }, kind)
  if (parted === undefined || parted.after.length === 0) return
  throw new BrokenLaw(`${describeBytes(parted.after)} was made of the error`, parted.seen)
}
