// Output that is pushed: a queue of frames between the application, which writes, and the reader of a body, which pulls.
//
// - `writer` gives the application both ends; `writing` runs a function with the writing end once the body is first pulled.
// - `Output` is the contract of the writing end, and `QueueWriter` keeps it: it checks arguments, applies the bound and its
//   policy, and joins surrogate pairs that were split between writes (`TextPieces`).
// - `FrameQueue` is the pull protocol over a `FrameList`. It knows the states of a body: open, ended, failed, over.
//
// What holds: frames leave in the order of the calls. The writing and the reading side never run inside a call of the other,
// except for listeners of `signal`. After an error, what was written before it still leaves. Once the reader has left, all
// that waits or is written rejects with `READER_GONE`. Every promise may be ignored.
import { fromPull } from '@sluice/body/engine'
import { FrameQueue } from './frame-queue.ts'
import { outputOf, QueueWriter } from './queue-writer.ts'
import { writerLimits } from './writer-options.ts'
import type { Body } from '@sluice/body'
import type { Output } from './output.ts'
import type { WriterOptions } from './writer-options.ts'

/** A body and its writing end. */
export interface Writer extends Output {
  readonly body: Body
}

/**
 * Makes a body that is written from outside: pushed output with backpressure.
 *
 * Holds what was written and not yet read: less than `highWaterBytes` and one write of any size, or at most twice
 * `highWaterBytes`. A write that finds room is taken whatever its size: awaiting each write is always safe. A write that was
 * not waited for is refused when the bound is reached. What was written leaves in order, also before the error of `fail`. If
 * the reader leaves, waiting and later writes reject with `READER_GONE`.
 *
 * Like the `write` callable of PEP 3333, except that it need not send before it returns.
 *
 * @param options.highWaterBytes Bytes, 64 KiB by default.
 * @param options.policy `refuse` by default.
 * @throws {RangeError} At the call, when `highWaterBytes` is not a whole number of 1 or more, or `Infinity`, or the policy is not known.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { writer } from '@sluice/write-buffering'
 *
 * const { body, write, finish } = writer({ highWaterBytes: 16_384 })
 * const whole = readText(body)
 * for (const word of ['pushed, ', 'not ', 'pulled']) await write(word)
 * finish()
 * if ((await whole) !== 'pushed, not pulled') throw new Error('lost')
 * ```
 */
export const writer = (options: WriterOptions = {}): Writer => {
  const limits = writerLimits(options)
  const queue = new FrameQueue(limits.highWaterBytes)
  const end = new QueueWriter(queue, limits)
  const output = outputOf(queue, end, (trailers) => {
    end.finish(trailers)
    end.settle()
  })
  // Not spread: that would read the signal, which is made on first use.
  return Object.assign(output, { body: fromPull(() => queue) })
}
