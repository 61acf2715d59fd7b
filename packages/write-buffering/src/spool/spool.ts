// Not `spool.ts`: that is the half that needs Node, with an export of its own.
import { withTraits } from '@sluice/body/engine'
import { hold, wholeTraits } from './held-content.ts'
import { spoolLimits } from './spool-options.ts'
import type { AnyFrame, Body, Data, Pause } from '@sluice/body'
import type { SpoolOptions } from './spool-options.ts'

/** A body that has come whole. */
export interface Spooled<F extends AnyFrame> {
  /** The body again, for one reader, with `byteLength`. Whoever does not read it closes it: `closeBody`. */
  readonly body: Body<Exclude<F, Pause> | Data>
  /** The exact number of its bytes. */
  readonly byteLength: number
}

/**
 * Reads a body to its end and gives it again, with its exact length.
 *
 * Data is held in memory and, beyond `maxMemoryBytes`, in a file of `spill`; it comes back in other pieces, from the file in
 * pieces of up to 64 KiB, each read when it is asked for. Pauses are waited for and gone. Flush, trailers and unknown kinds
 * are held in memory and stand between the same bytes as before: a receipt is told when its flush is sent at last, so a
 * source that waits for one before it goes on waits for ever (`dropFlush` in front of it says no at once). Small pieces are
 * copied once. Gives a promise only when the source, a pause or the file has to be waited for.
 *
 * The file is gone once its last byte has been read, and when the body is closed or fails, also while it is read to its end.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, `maxMemoryBytes` where that is less.
 * @param options.maxFrames Frames other than data, 65,536 by default.
 * @param signal Stops the reading when it aborts, with its reason. Not looked at after the end of the source.
 * @throws {RangeError} At the first call, when a bound is not a whole number of 0 or more, or `Infinity`.
 * @throws {BodyError} `BODY_USED`, at the second call. While reading: `BODY_TOO_LARGE`, `LENGTH_MISMATCH` when the body had
 * another `byteLength`, `BODY_INVALID` when anything follows the trailers; the source is closed then.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { spool } from '@sluice/write-buffering'
 *
 * const { body, byteLength } = await spool()(toBody(['of ', 'unknown ', 'length']))
 * if (byteLength !== 17 || (await readText(body)) !== 'of unknown length') throw new Error('lost')
 * ```
 */
export const spool = (
  options: SpoolOptions = {},
): (<F extends AnyFrame>(
  body: Body<F>,
  signal?: AbortSignal,
) => Spooled<F> | PromiseLike<Spooled<F>>) => {
  const limits = spoolLimits(options)
  return withTraits(wholeTraits, <F extends AnyFrame>(body: Body<F>, signal?: AbortSignal) =>
    hold(body, limits, () => signal),
  )
}
