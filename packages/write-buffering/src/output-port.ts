import { BodyError, concat, data, fields, observePromise } from '@sluice/body'
import { deferred, quiet } from './deferred.ts'
import { TextPieces } from './text-pieces.ts'
import type { FieldsInit, Frame, Trailers } from '@sluice/body'
import type { FrameQueue } from './frame-queue.ts'
import type { Output } from './output.ts'
import type { QueueOptions } from './queue-options.ts'

/**
 * The writing end as functions that stand alone.
 *
 * @param finish Its own: with `writer` the end comes at once, with `writing` once the work has settled.
 */
export const outputOf = (
  queue: FrameQueue,
  port: OutputPort,
  finish: Output['finish'],
): Output => ({
  write: (content) => port.write(content),
  flush: () => port.flush(),
  pause: (until) => port.pause(until),
  finish,
  fail: (error) => port.fail(error),
  closed: queue.closed,
  get signal() {
    return queue.signal
  },
})

/** The writing end of a queue: bounds, and what may no longer be called. */
export class OutputPort {
  readonly #queue: FrameQueue
  readonly #options: QueueOptions
  readonly #text = new TextPieces()
  #trailers: Trailers | undefined
  #lastFlush: { readonly frame: Frame; readonly sent: Promise<void> } | undefined
  /** Why nothing more is taken; a caller's own doing gets an error for each call. */
  #refusal: 'ended' | BodyError | undefined

  constructor(queue: FrameQueue, options: QueueOptions) {
    this.#queue = queue
    this.#options = options
  }

  write(content: Uint8Array | string): Promise<void> {
    if (typeof content !== 'string' && !isBytes(content)) {
      throw new TypeError(`Cannot write: found a ${typeof content}, wanted a string or bytes`)
    }
    const refusal = this.#refused()
    if (refusal !== undefined) return refusal
    const bytes = this.#bytesOf(content)
    return bytes.length === 0 ? this.#queue.whenRoom() : this.#add(data(bytes), bytes.length)
  }

  pause(until: PromiseLike<unknown>): Promise<void> {
    // The frame may wait in the queue for long, or be refused or lost.
    observePromise(until)
    return this.#refused() ?? this.#add({ kind: 'pause', until }, 1)
  }

  flush(): Promise<void> {
    const refusal = this.#refused()
    if (refusal !== undefined) return refusal
    const last = this.#lastFlush
    if (last !== undefined && this.#queue.last === last.frame) return last.sent
    const { promise, resolve, reject } = deferred<void>()
    const frame: Frame = {
      kind: 'flush',
      sent: (lost) => (lost === undefined ? resolve() : reject(lost)),
    }
    this.#lastFlush = { frame, sent: quiet(promise) }
    this.#queue.push(frame)
    return promise
  }

  /** Ends the writing; the end itself comes with `settle`. */
  finish(init?: FieldsInit): void {
    const list = init === undefined ? undefined : fields(init)
    this.#end()
    if (list !== undefined && list.size > 0) this.#trailers = { kind: 'trailers', fields: list }
  }

  fail(error: unknown): void {
    this.#end(error)
    this.#queue.fail(error)
  }

  /** Puts the end after what was written, unless the body is over or has failed. */
  settle(): void {
    this.#refusal ??= 'ended'
    if (!this.#queue.isOpen) return
    const alone = this.#text.end()
    if (alone.length > 0) this.#queue.push(data(alone))
    if (this.#trailers !== undefined) this.#queue.push(this.#trailers)
    this.#queue.end()
  }

  /** Puts an error after what was written, also after `finish`. */
  break(error: unknown): void {
    this.#refusal ??= 'ended'
    this.#queue.fail(error)
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
    const alone = this.#text.end()
    return alone.length === 0 ? content : concat([alone, content])
  }

  /** One write may be of any size where there is room; what comes on top was not waited for. */
  #add(frame: Frame, byteLength: number): Promise<void> {
    const { highWaterBytes, policy } = this.#options
    const waiting = this.#queue.waitingBytes
    const isExcess = waiting >= highWaterBytes && waiting + byteLength > 2 * highWaterBytes
    if (isExcess && policy !== 'wait') return this.#excess(waiting, byteLength)
    this.#queue.push(frame)
    return this.#queue.whenRoom()
  }

  #excess(waiting: number, byteLength: number): Promise<void> {
    const { highWaterBytes, policy } = this.#options
    const error = new BodyError(
      'WRITE_EXCESS',
      `Cannot write ${byteLength} bytes without waiting: found ${waiting} before them, wanted at most ${2 * highWaterBytes} with them`,
    )
    if (policy === 'refuse') {
      this.#refusal = error
      this.#queue.fail(error)
    }
    return rejected(error)
  }
}

const rejected = (error: unknown): Promise<void> => quiet(Promise.reject(error))

const afterEnd = (cause?: unknown): BodyError =>
  new BodyError('WRITE_AFTER_END', 'Cannot write: found that finish or fail was called before', {
    cause,
  })

const isBytes = (content: unknown): content is Uint8Array =>
  ArrayBuffer.isView(content) && 'BYTES_PER_ELEMENT' in content && content.BYTES_PER_ELEMENT === 1
