import { fromPull } from '@sluice/body/engine'
import { FrameQueue } from './frame-queue.ts'
import { OutputPort, outputOf } from './output-port.ts'
import { queueOptions } from './queue-options.ts'
import type { Body } from '@sluice/body'
import type { Output, WriterOptions } from './output.ts'

/** A body, and the writing end of it. */
export interface Writer extends Output {
  readonly body: Body
}

/**
 * Makes a body that is written from outside: push-style output that waits for its reader and does not stall anybody else.
 *
 * Holds what was written and not yet read: less than `highWaterBytes` and one write of any size, or else twice
 * `highWaterBytes`. A write that finds room is taken whatever its size, so one that waits for those before it always is; one
 * that does not wait is refused when the bound is reached. What was written leaves in order, also before the error of `fail`. A reader that leaves rejects what waits and what comes later
 * with `READER_GONE`.
 *
 * The `write` callable of PEP 3333, which had to send before it returned: here it need not.
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
  const checked = queueOptions(options)
  const queue = new FrameQueue(checked.highWaterBytes)
  const port = new OutputPort(queue, checked)
  const output = outputOf(queue, port, (trailers) => {
    port.finish(trailers)
    port.settle()
  })
  // Not spread: that would ask for the signal, which is made on first use.
  return Object.assign(output, { body: fromPull(() => queue) })
}
