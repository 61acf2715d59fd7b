import { concat, data, fields } from '@sluice/body'
import {
  flushWithPromise,
  foundIn,
  isByteArray,
  isPromiseLike,
  observePromise,
  quiet,
} from '@sluice/body/engine'
import { bufferingError } from '../errors.ts'
import { TextPieces } from './text-pieces.ts'
import type { BodyError, FieldsInit, Frame, Trailers } from '@sluice/body'
import type { FrameQueue } from './frame-queue.ts'
import type { Output } from './output.ts'
import type { WriterLimits } from './writer-options.ts'

/**
 * The writing end as functions that can be passed on alone.
 *
 * @param finish Differs: with `writer` the body ends at once, with `writing` once the work has settled.
 */
export const outputOf = (
  queue: FrameQueue,
  writer: QueueWriter,
  finish: Output['finish'],
): Output => ({
  write: (content) => writer.write(content),
  flush: () => writer.flush(),
  pause: (until) => writer.pause(until),
  finish,
  fail: (error) => writer.fail(error),
  closed: queue.closed,
  get signal() {
    return queue.signal
  },
})

/** The writing end of a queue: checks arguments, applies the bound, and refuses calls after the end. */
export class QueueWriter {
  readonly #queue: FrameQueue
  readonly #options: WriterLimits
  readonly #text = new TextPieces()
  #trailers: Trailers | undefined
  #lastFlush: { readonly frame: Frame; readonly sent: Promise<void> } | undefined
  /** Why writes are refused. After `ended`, each call gets an error of its own. */
  #refusal: 'ended' | BodyError | undefined

  constructor(queue: FrameQueue, options: WriterLimits) {
    this.#queue = queue
    this.#options = options
  }

  write(content: Uint8Array | string): Promise<void> {
    if (typeof content !== 'string' && !isByteArray(content))
      throw new TypeError(
        `Cannot write: found ${foundIn(content)}, wanted a string or a Uint8Array`,
      )
    const refusal = this.#refused()
    if (refusal !== undefined) return refusal
    const half = this.#text.half
    const bytes = this.#bytesOf(content)
    if (bytes.length === 0) return this.#queue.whenRoom()
    if (!this.#isExcess(bytes.length)) return this.#add(data(bytes))
    this.#text.half = half
    return this.#refuse(bytes.length)
  }

  pause(until: PromiseLike<unknown>): Promise<void> {
    if (!isPromiseLike(until))
      throw new TypeError(`Cannot pause: found ${foundIn(until)}, wanted a promise`)
    // The frame may wait, or be refused or lost, before a reader handles its promise.
    observePromise(until)
    const refusal = this.#refused()
    if (refusal !== undefined) return refusal
    return this.#isExcess(1) ? this.#refuse(1) : this.#add({ kind: 'pause', until })
  }

  flush(): Promise<void> {
    const refusal = this.#refused()
    if (refusal !== undefined) return refusal
    const last = this.#lastFlush
    if (last !== undefined && this.#queue.last === last.frame) return last.sent
    const flush = flushWithPromise()
    this.#lastFlush = flush
    this.#queue.push(flush.frame)
    return flush.sent
  }

  /** Ends the writing. The body ends with `settle`. */
  finish(init?: FieldsInit): void {
    const list = init === undefined ? undefined : fields(init)
    this.#end()
    if (list !== undefined && list.size > 0) this.#trailers = { kind: 'trailers', fields: list }
  }

  fail(error: unknown): void {
    this.#end(error)
    this.#failQueue(error)
  }

  /** Puts the end after what was written, unless the body is over or has failed. */
  settle(): void {
    this.#refusal ??= 'ended'
    if (!this.#queue.isOpen) return
    this.#endText()
    if (this.#trailers !== undefined) this.#queue.push(this.#trailers)
    this.#queue.end()
  }

  /** Puts an error after what was written, also after `finish`. */
  break(error: unknown): void {
    this.#refusal ??= 'ended'
    this.#failQueue(error)
  }

  #failQueue(error: unknown): void {
    if (!this.#queue.isOpen) return
    this.#endText()
    this.#queue.fail(error)
  }

  #endText(): void {
    const alone = this.#text.end()
    if (alone.length > 0) this.#queue.push(data(alone))
  }

  #end(cause?: unknown): void {
    if (this.#refusal === 'ended') throw afterEnd(cause)
    this.#refusal = 'ended'
  }

  /** The rejection of a call that comes too late. */
  #refused(): Promise<void> | undefined {
    const refusal = this.#refusal ?? this.#queue.gone
    return refusal && rejected(refusal === 'ended' ? afterEnd() : refusal)
  }

  #bytesOf(content: Uint8Array | string): Uint8Array {
    if (typeof content === 'string') return this.#text.encode(content)
    if (content.length === 0) return content
    const alone = this.#text.end()
    return alone.length === 0 ? content : concat([alone, content])
  }

  /** Below the bound, one write may be of any size. Above it, a write was not waited for. */
  #isExcess(byteLength: number): boolean {
    const { highWaterBytes, policy } = this.#options
    const waiting = this.#queue.waitingBytes
    return (
      waiting >= highWaterBytes && waiting + byteLength > 2 * highWaterBytes && policy !== 'wait'
    )
  }

  #add(frame: Frame): Promise<void> {
    this.#queue.push(frame)
    return this.#queue.whenRoom()
  }

  #refuse(byteLength: number): Promise<void> {
    const { highWaterBytes, policy } = this.#options
    const waiting = this.#queue.waitingBytes
    const error = bufferingError(
      'WRITE_EXCESS',
      `Cannot write ${byteLength} bytes without waiting: found ${waiting} before them, wanted at most ${2 * highWaterBytes} with them`,
    )
    if (policy === 'refuse') {
      this.#refusal = error
      this.#failQueue(error)
    }
    return rejected(error)
  }
}

const rejected = (error: unknown): Promise<void> => quiet(Promise.reject(error))

const afterEnd = (cause?: unknown): BodyError =>
  bufferingError('WRITE_AFTER_END', 'Cannot write: found that finish or fail was called before', {
    cause,
  })
