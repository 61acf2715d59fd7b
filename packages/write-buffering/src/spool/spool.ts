// A body that is read whole before it goes on, in memory or in a file.
//
// - `spool` is for bodies, `bufferedInput` and `bufferedOutput` are middlewares for requests and responses. All three call
//   `spoolBody`, which reads a body to its end, with a signal that stops it.
// - `SpooledFrames` holds the frames, and is then the pull protocol of the new body. Data is in `ByteBlocks`, at little more
//   than its size, and beyond `maxMemoryBytes` in a `SpillFile`. Other frames are kept with the place at which they stand.
// - `tempFile` is the only part that needs Node, and has an export of its own (`./spool`). Others can implement `Spill`.
//
// What holds: nothing waits unless the source, a pause or the file does. On an error or an abort everything is let go once: the
// source is closed, the file deleted, held receipts get `FLUSH_LOST`. The first error is told; errors of closing are ignored.
// A reader that is cut off by `revoke` gets an error, never an end.
import { withTraits } from '@sluice/body/engine'
import { spoolBody, wholeTraits } from './spool-body.ts'
import { spoolLimits } from './spool-options.ts'
import type { AnyFrame, Body, Data, Pause } from '@sluice/body'
import type { SpoolOptions } from './spool-options.ts'

/** A body that has been read whole. */
export interface Spooled<F extends AnyFrame> {
  /** The body again, for one reader, with `byteLength`. If you do not read it, close it: `closeBody`. */
  readonly body: Body<Exclude<F, Pause> | Data>
  /** The exact number of its bytes. */
  readonly byteLength: number
}

/**
 * Reads a body to its end and gives it again, with its exact length.
 *
 * Data is held in memory and, beyond `maxMemoryBytes`, in a file of `spill`. It comes back in other pieces; from the file in
 * pieces of up to 64 KiB, each read when it is pulled. Pauses are waited for, and dropped. Flush, trailers and unknown kinds are
 * held in memory and stay between the same bytes. The receipt of a flush is called when the flush is sent at last, so a source
 * that waits for a receipt before it goes on waits for ever; `dropFlush` in front of `spool` refuses such receipts at once.
 * Small pieces are copied once. Gives a promise only if the source, a pause or the file makes it wait.
 *
 * The file is deleted once its last byte has been read, and when the body is closed or fails.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, at most `maxMemoryBytes`.
 * @param options.maxFrames Frames other than data, 65,536 by default.
 * @param signal Stops the reading when it aborts, with its reason. Ignored after the end of the source.
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
    spoolBody(body, limits, () => signal),
  )
}
