import { BodyError } from '@sluice/body'
import { checkCount, passingTraits } from '@sluice/body/engine'
import { filter } from './filter.ts'
import type { Filter } from './filter.ts'

export interface LimitOptions {
  /** Bytes, 0 or more. */
  readonly maxBytes: number
}

/**
 * Fails a body that gives more than `maxBytes`.
 *
 * Counts the bytes that are read and ignores `byteLength`. Passes frames as they are. Of the frame that exceeds the limit it
 * passes the allowed part; then the body fails and the source is closed.
 *
 * @param options.maxBytes Bytes, 0 or more.
 * @throws {RangeError} At the call, when `maxBytes` is not a whole number of 0 or more.
 * @throws {BodyError} `BODY_TOO_LARGE` (413), while reading.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { limitBytes } from '@sluice/filter'
 *
 * if ((await readText(limitBytes({ maxBytes: 2 })(toBody('ok')))) !== 'ok') throw new Error('refused')
 * ```
 */
export const limitBytes = ({ maxBytes }: LimitOptions): Filter => {
  checkCount('maxBytes', maxBytes, 0)
  return filter(
    'limitBytes',
    () => {
      let left = maxBytes
      return {
        data(bytes) {
          if (bytes.length > left) return overrun(bytes.subarray(0, left), maxBytes)
          left -= bytes.length
          return bytes
        },
      }
    },
    { traits: passingTraits },
  )
}

/** Gives the allowed part first: how much the reader sees must not depend on how the bytes were cut. */
function* overrun(allowed: Uint8Array, maxBytes: number): Generator<Uint8Array> {
  yield allowed
  throw new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read the body: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
  )
}
