import { BodyError, isData, isFlush, isPause } from '@sluice/body'
import { deferred, quiet, settleReceipt } from '@sluice/body/engine'
import { FrameList } from './frame-list.ts'
import type { Frame } from '@sluice/body'
import type { Deferred, Pull } from '@sluice/body/engine'

/**
 * - `open`: more may come.
 * - `ended`, `failed`: the end, or the error, stands after the last frame.
 * - `over`: the reader has seen the end or the error, or has left.
 */
type State = 'open' | 'ended' | 'failed' | 'over'

/** One promise for all writes that need not wait. */
const ready: Promise<void> = Promise.resolve()

/**
 * A queue of frames between code that pushes and a reader that pulls. Neither runs inside a call of the other, except for the
 * listeners of `signal`.
 */
export class FrameQueue implements Pull<Frame> {
  /** The error of all waiting and later writes, once the reader has left. */
  gone: BodyError | undefined
  readonly #highWaterBytes: number
  readonly #frames = new FrameList()
  #waitingBytes = 0
  #state: State = 'open'
  #failure: unknown
  #pulled: Deferred<Frame | undefined> | undefined
  #room: Deferred<void> | undefined
  readonly #closed = deferred<void>()
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

  constructor(highWaterBytes: number) {
    this.#highWaterBytes = highWaterBytes
    quiet(this.#closed.promise)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Bytes that have been pushed and not pulled. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** The frame that was pushed last, while it has not been pulled. */
  get last(): Frame | undefined {
    return this.#frames.last
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  push(frame: Frame): void {
    const pulled = this.#pulled
    if (pulled === undefined) {
      this.#frames.push(frame)
      this.#waitingBytes += bytesOf(frame)
    } else {
      this.#pulled = undefined
      pulled.resolve(frame)
    }
  }

  /** Settles once fewer bytes wait than `highWaterBytes`; rejects when the reader leaves before. */
  whenRoom(): Promise<void> {
    if (this.#waitingBytes < this.#highWaterBytes) return ready
    if (this.#room === undefined) {
      this.#room = deferred()
      quiet(this.#room.promise)
    }
    return this.#room.promise
  }

  /** Puts the end after the last frame, unless there is one. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#wake()
  }

  /** Puts an error after the last frame, in the place of an end. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#failure = error
    this.#wake()
    this.#abort(error)
  }

  pull(): Frame | undefined | PromiseLike<Frame | undefined> {
    if (this.#frames.length > 0 || this.#state !== 'open') return this.#take()
    this.#pulled = deferred()
    return this.#pulled.promise
  }

  close(): void {
    if (this.#state === 'over') return
    // If only the end is left, the reader misses nothing.
    const whole = this.#state === 'ended' && this.#frames.length === 0
    const gone = new BodyError('READER_GONE', 'Cannot write: the reader of the body has left')
    this.#state = 'over'
    this.gone = gone
    this.#waitingBytes = 0
    for (let lost = this.#frames.shift(); lost !== undefined; lost = this.#frames.shift()) {
      if (isFlush(lost)) settleReceipt(lost.sent, gone)
    }
    this.#pulled?.resolve(undefined)
    this.#pulled = undefined
    this.#room?.reject(gone)
    this.#room = undefined
    if (whole) this.#closed.resolve()
    else {
      this.#closed.reject(gone)
      this.#abort(gone)
    }
  }

  #take(): Frame | undefined {
    const frame = this.#frames.shift()
    if (frame !== undefined) {
      this.#waitingBytes -= bytesOf(frame)
      this.#makeRoom()
      return frame
    }
    switch (this.#state) {
      case 'ended':
        this.#state = 'over'
        this.#closed.resolve()
        return undefined
      case 'failed':
        this.#state = 'over'
        this.#closed.reject(this.#failure)
        throw this.#failure
      case 'open':
      case 'over':
        return undefined
    }
  }

  #makeRoom(): void {
    if (this.#room === undefined || this.#waitingBytes >= this.#highWaterBytes) return
    this.#room.resolve()
    this.#room = undefined
  }

  /** Answers a waiting pull when the end or an error has come. If a pull waits, the queue is empty. */
  #wake(): void {
    const pulled = this.#pulled
    if (pulled === undefined) return
    this.#pulled = undefined
    try {
      pulled.resolve(this.#take())
    } catch (error) {
      pulled.reject(error)
    }
  }

  /** Call this last: listeners run inside it. */
  #abort(reason: unknown): void {
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }
}

/** A pause counts too, so that no loop of calls can queue without bound. */
const bytesOf = (frame: Frame): number => {
  if (isData(frame)) return frame.bytes.length
  return isPause(frame) ? 1 : 0
}
