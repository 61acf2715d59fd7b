import { concat, isData } from '@sluice/body'
import { pullFrom, pulling } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { Deadline } from './deadline.ts'
import { describeBytes, describeError, nameOfError } from './describe.ts'
import { endedWell } from './ended-well.ts'
import { equalBytes } from './equal-bytes.ts'
import { Observation } from './observation.ts'
import { observe } from './observe.ts'
import { openReading } from './reading.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Reading } from './reading.ts'

export const oneReader: Law = {
  number: 11,
  title: 'one reader',
  says: 'a second reading is a BODY_USED error, at the call',
  kinds: { marks: [] },
  async check(under, script) {
    const whole = await observe(under, script)
    if (!endedWell(under, whole)) return
    const { source } = new Observation(script)
    source.asked = true
    const body = under.make()(source.body)
    const reading = openReading(body, script.reader)
    const atTheCall = pulling in body ? refusedAtTheCall(body) : undefined
    const first = await readBytes(under, reading, 1)
    const refused = atTheCall ?? (pulling in body ? undefined : await refusedAtAll(body))
    const bytes = concat([first, await readBytes(under, reading)])
    if (refused !== undefined) throw new BrokenLaw(refused, whole)
    if (!equalBytes(bytes, whole.bytes))
      throw new BrokenLaw(
        `after a second was refused, the first reading gave ${describeBytes(bytes)}`,
        whole,
      )
  },
}

const refusedAtTheCall = (body: Body<AnyFrame>): string | undefined => {
  for (const again of [() => pullFrom(body), () => body[Symbol.asyncIterator]()])
    try {
      again()
      return 'a second reading began'
    } catch (error) {
      if (nameOfError(error) !== 'BODY_USED') return otherError(error)
    }
  return undefined
}

/** A plain async iterable cannot refuse at the call, but its second reading has to fail. */
const refusedAtAll = async (body: Body<AnyFrame>): Promise<string | undefined> => {
  try {
    const first = body[Symbol.asyncIterator]()
    // A generator is its own iterator: there is no second reading of it.
    if (Object.is(first, body)) return undefined
    await first.next()
    return 'a second reading began'
  } catch (error) {
    return nameOfError(error) === 'BODY_USED' ? undefined : otherError(error)
  }
}

const otherError = (error: unknown): string =>
  `a second reading failed with ${describeError(error)}, and ought to with BODY_USED`

/** Reads the bytes of the next frames, or of all. */
const readBytes = async (
  { timeoutMs }: FilterUnderTest,
  reading: Reading,
  frames: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> => {
  const deadline = new Deadline(timeoutMs)
  const parts: Uint8Array[] = []
  try {
    for (let count = 0; count < frames; count++) {
      const frame = await deadline.wait(Promise.resolve(reading.next()))
      if (frame === undefined) return concat(parts)
      if (isData(frame)) parts.push(frame.bytes)
    }
    return concat(parts)
  } finally {
    deadline.clear()
  }
}
