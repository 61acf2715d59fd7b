import { checkCount, foundIn } from '@sluice/body/engine'
import type { BodyError } from '@sluice/body'
import type { Spill } from './spill.ts'

export interface SpoolOptions {
  /** Bytes of a body that are held in memory; 1 MiB by default. */
  readonly maxMemoryBytes?: number
  /** Bytes that a body may have if there is a `spill`; 1 GiB by default. */
  readonly maxBytes?: number
  /** Frames other than data that a body may have; they are held in memory. 65,536 by default. */
  readonly maxFrames?: number
  /** Stores bodies larger than `maxMemoryBytes`. Without it, they are refused. */
  readonly spill?: Spill
}

export interface SpoolLimits {
  readonly maxMemoryBytes: number
  readonly maxBytes: number
  readonly maxFrames: number
  readonly spill: Spill | undefined
  /** Makes the error of a body over a limit; `BODY_TOO_LARGE` by default. */
  readonly tooLargeError?: (message: string) => BodyError
}

/** As in `collect`, and nginx's `client_max_body_size`. */
const defaultMemoryBytes = 1_048_576

/** As nginx's `proxy_max_temp_file_size`. */
const defaultMaxBytes = 1_073_741_824

const defaultMaxFrames = 65_536

/**
 * Checks the options of `spool`, `bufferedInput` and `bufferedOutput`.
 *
 * @throws {TypeError} At the call, when `spill` has no `open()`.
 * @throws {RangeError} At the call, when one of them is not a whole number of 0 or more, or `Infinity`.
 */
export const spoolLimits = ({
  maxMemoryBytes = defaultMemoryBytes,
  maxBytes = defaultMaxBytes,
  maxFrames = defaultMaxFrames,
  spill,
}: SpoolOptions): SpoolLimits => {
  checkCount('maxMemoryBytes', maxMemoryBytes, 0)
  checkCount('maxBytes', maxBytes, 0)
  checkCount('maxFrames', maxFrames, 0)
  if (spill !== undefined && typeof spill?.open !== 'function')
    throw new TypeError(`Cannot use spill: found ${foundIn(spill)}, wanted an object with open()`)
  return {
    maxMemoryBytes,
    maxBytes: spill === undefined ? Math.min(maxBytes, maxMemoryBytes) : maxBytes,
    maxFrames,
    spill,
  }
}
