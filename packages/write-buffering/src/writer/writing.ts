import { foundIn, fromPull, isPromiseLike } from '@sluice/body/engine'
import { FrameQueue } from './frame-queue.ts'
import { outputOf, QueueWriter } from './queue-writer.ts'
import { writerLimits } from './writer-options.ts'
import type { Body, Frame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Output } from './output.ts'
import type { WriterLimits, WriterOptions } from './writer-options.ts'

/** A function that writes a body. */
export type Work = (out: Output) => unknown

/**
 * Makes a body that a function writes.
 *
 * `work` runs once the body is first pulled, and not at all if it never is. When it returns, or its promise fulfils, the body
 * ends. When it throws or rejects, the body fails with that, after what was written. The end waits for `work`, also after
 * `finish`. Bounds and order are those of `writer`.
 *
 * When the reader leaves, `out.signal` aborts, and all promises of `out` that are pending reject. Closing does not wait for
 * `work`; errors that it throws from then on are ignored.
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
  const checked = writerLimits(options)
  return fromPull(() => new WorkPull(work, checked))
}

class WorkPull implements Pull<Frame> {
  #work: Work | undefined
  readonly #queue: FrameQueue
  readonly #writer: QueueWriter

  constructor(work: Work, options: WriterLimits) {
    this.#work = work
    this.#queue = new FrameQueue(options.highWaterBytes)
    this.#writer = new QueueWriter(this.#queue, options)
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
    const writer = this.#writer
    try {
      const outcome = work(outputOf(this.#queue, writer, (trailers) => writer.finish(trailers)))
      if (isPromiseLike(outcome)) {
        outcome.then(
          () => writer.settle(),
          (error) => writer.break(error),
        )
      } else writer.settle()
    } catch (error) {
      writer.break(error)
    }
  }
}
