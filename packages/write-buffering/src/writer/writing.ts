import { foundIn, fromPull, isPromiseLike } from '@sluice/body/engine'
import { FrameQueue } from './frame-queue.ts'
import { OutputPort, outputOf } from './output-port.ts'
import { queueOptions } from './queue-options.ts'
import type { Body, Frame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Output, WriterOptions } from './output.ts'
import type { QueueOptions } from './queue-options.ts'

/** What writes a body. */
export type Work = (out: Output) => unknown

/**
 * Makes a body that a function writes.
 *
 * `work` runs once the body is first pulled, and not at all when it never is. When it returns, or what it returns fulfils, the
 * body ends; when it throws or rejects, the body fails with that, after what was written. The end does not come before
 * `work` has settled, also after `finish`. Bounds and order are those of `writer`.
 *
 * When the reader leaves, `out.signal` aborts and all that waits on `out` rejects. Closing does not wait for `work`, and what
 * it throws from then on goes nowhere.
 *
 * @param options.highWaterBytes Bytes, 64 KiB by default.
 * @param options.policy `refuse` by default.
 * @throws {TypeError} At the call, when `work` is not a function.
 * @throws {RangeError} At the call, when `highWaterBytes` is not a whole number of 1 or more, or `Infinity`, or the policy is not known.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { writing } from '@sluice/write-buffering'
 *
 * const body = writing(async (out) => {
 *   for (const word of ['pushed, ', 'not ', 'pulled']) await out.write(word)
 * })
 * if ((await readText(body)) !== 'pushed, not pulled') throw new Error('lost')
 * ```
 */
export const writing = (work: Work, options: WriterOptions = {}): Body => {
  if (typeof work !== 'function')
    throw new TypeError(`Cannot write a body: found ${foundIn(work)}, wanted a function`)
  const checked = queueOptions(options)
  return fromPull(() => new WorkPull(work, checked))
}

class WorkPull implements Pull<Frame> {
  #work: Work | undefined
  readonly #queue: FrameQueue
  readonly #port: OutputPort

  constructor(work: Work, options: QueueOptions) {
    this.#work = work
    this.#queue = new FrameQueue(options.highWaterBytes)
    this.#port = new OutputPort(this.#queue, options)
  }

  pull(): Frame | undefined | PromiseLike<Frame | undefined> {
    const work = this.#work
    if (work !== undefined) {
      this.#work = undefined
      this.#start(work)
    }
    return this.#queue.pull()
  }

  close(): void {
    this.#work = undefined
    this.#queue.close()
  }

  #start(work: Work): void {
    const port = this.#port
    try {
      const outcome = work(outputOf(this.#queue, port, (trailers) => port.finish(trailers)))
      if (isPromiseLike(outcome)) {
        outcome.then(
          () => port.settle(),
          (error) => port.break(error),
        )
      } else port.settle()
    } catch (error) {
      port.break(error)
    }
  }
}
