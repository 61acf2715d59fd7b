import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  isPromiseLike,
  loseFrame,
  TurnSampler,
  yieldTurnThen,
} from '@sluice/body/engine'
import { frameAfterTrailers, PausedBodies, whenSettled } from '@sluice/stack/host'
import { ContentEncoder } from '../http1/content-encoder.ts'
import type { AnyFrame, Fields } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { PausedBody } from '@sluice/stack/host'
import type { ResponseFraming } from '../http1/response-framing.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** Yield to the event loop after this many writes, however fast they are: the client may take each at once. */
const maxWritesAtOnce = 16

/**
 * How a response's body ended: `undefined` if all of it is in the write buffer, the error if it failed, or is not what its framing
 * says.
 */
export type BodyFailure = { readonly error: unknown } | undefined

/**
 * Pulls the body of a response into the write buffer.
 *
 * Frames that are there at once go out in one write, and as one chunk. A flush and a pause write at once. Backpressure: nothing is
 * pulled while the socket has no room, and at most `highWaterBytes` are held back.
 */
export class ResponseWriter implements PausedBody {
  #pauses = 0
  #paused: PausedBodies | undefined
  readonly #source: Pull<AnyFrame>
  readonly #encoder: ContentEncoder
  /** `undefined` once it is in the write buffer. */
  #head: string | undefined
  readonly #output: WriteBuffer
  readonly #highWaterBytes: number
  readonly #ended: (failure: BodyFailure) => void
  /** What is left of a frame too large for one write. */
  #rest: Uint8Array | undefined
  #trailers: Fields | undefined
  readonly #sampler = new TurnSampler()
  /** Writes since the last yield to the event loop. */
  #writes = 0
  #writesSoon = false
  #state: 'pulling' | 'no room' | 'waiting' | 'over' = 'pulling'

  /** @param ended Called once at the end. After `close()` it is called only for an error that still comes. */
  constructor(
    source: Pull<AnyFrame>,
    head: string,
    framing: ResponseFraming,
    output: WriteBuffer,
    highWaterBytes: number,
    ended: (failure: BodyFailure) => void,
  ) {
    this.#source = source
    this.#head = head
    this.#encoder = new ContentEncoder(framing)
    this.#output = output
    this.#highWaterBytes = highWaterBytes
    this.#ended = ended
  }

  /** Which pause lasts, counted from 1; 0 if none does. */
  get pause(): number {
    return this.#paused === undefined ? 0 : this.#pauses
  }

  /** Whether the head is in the write buffer: no other response can be sent. */
  get hasBegun(): boolean {
    return this.#head === undefined
  }

  /** Goes on if there is something to do. Called at the start, and when the socket has room. */
  pump(): void {
    if (this.#state === 'waiting' || this.#state === 'over') return
    this.#state = 'pulling'
    try {
      this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Leaves early: nothing more is written. */
  close(): void | PromiseLike<void> {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#output.drop()
    this.#paused?.leave(this)
    return this.#source.close()
  }

  #loop(): void {
    for (;;) {
      if (this.#output.heldBytes >= this.#highWaterBytes) {
        this.#write()
        if (++this.#writes >= maxWritesAtOnce) return this.#yield()
      }
      if (!this.#output.hasRoom) {
        this.#write()
        this.#state = 'no room'
        return
      }
      if (this.#rest !== undefined) {
        this.#hold(this.#rest)
        continue
      }
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) return this.#waitFor(frame)
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) return this.#yield()
    }
  }

  #waitFor(frame: PromiseLike<AnyFrame | undefined>): void {
    if (this.#output.heldBytes > 0) this.#writeSoon()
    this.#state = 'waiting'
    // Made for each wait: a connection that pauses, or waits for room, keeps none of them.
    whenSettled(
      frame,
      (arrived) => this.#arrived(arrived),
      (error) => this.#fail(error),
    )
  }

  #arrived(frame: AnyFrame | undefined): void {
    if (this.#state === 'over') return loseFrame(frame, 'the response was cut before it')
    this.#state = 'pulling'
    try {
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) this.#yield()
      else this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Takes a frame; `false` if the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    if (this.#trailers !== undefined) throw frameAfterTrailers(frame)
    if (isData(frame)) this.#hold(frame.bytes)
    else if (isFlush(frame)) {
      this.#write()
      this.#output.flush(frame.sent)
    } else if (isPause(frame)) {
      this.#write()
      this.#pause(frame.until)
      return false
    } else if (isTrailers(frame)) this.#trailers = frame.fields
    return true
  }

  #hold(bytes: Uint8Array): void {
    const part =
      bytes.length > this.#highWaterBytes ? bytes.subarray(0, this.#highWaterBytes) : bytes
    this.#rest = part === bytes ? undefined : bytes.subarray(this.#highWaterBytes)
    this.#encoder.count(part.length)
    this.#output.hold(part)
  }

  #pause(until: PromiseLike<unknown>): void {
    this.#pauses++
    this.#state = 'waiting'
    this.#paused = PausedBodies.on(until)
    this.#paused.join(this)
  }

  pauseEnded(failure: BodyFailure): void {
    this.#paused = undefined
    if (failure !== undefined) this.#fail(failure.error)
    // Its promise may have been settled already: such pauses never wait.
    else if (this.#sampler.isTurnOver()) this.#yield()
    else this.#resume()
  }

  #resume(): void {
    if (this.#state === 'waiting') this.#state = 'pulling'
    this.pump()
  }

  #write(): void {
    this.#makeReady('')
    this.#output.write()
  }

  /** Makes what was pulled ready to be written. */
  #makeReady(end: string): void {
    const { heldBytes } = this.#output
    const before = this.#encoder.before(heldBytes)
    this.#output.release(
      this.#head === undefined ? before : this.#head + before,
      this.#encoder.after(heldBytes) + end,
    )
    this.#head = undefined
  }

  /**
   * Writes unless more comes in this turn of the event loop. A generator's frames come by promises even if it waits for nothing,
   * and each would be a write and a chunk of its own.
   */
  #writeSoon(): void {
    if (this.#writesSoon) return
    this.#writesSoon = true
    setImmediate(() => {
      this.#writesSoon = false
      if (this.#state !== 'over') this.#write()
    })
  }

  /** Ends the response. The connection writes it, together with the responses to requests that have come already. */
  #end(): void {
    this.#makeReady(this.#encoder.end(this.#trailers))
    this.#state = 'over'
    this.#ended(undefined)
  }

  #fail(error: unknown): void {
    if (this.#state !== 'over') {
      this.#state = 'over'
      this.#output.drop()
      closeQuietly(this.#source)
    }
    this.#ended({ error })
  }

  /** Yields to the event loop. Writes first, so that what was pulled does not wait for a slow source or for other bodies. */
  #yield(): void {
    if (this.#output.heldBytes > 0) this.#write()
    this.#writes = 0
    this.#state = 'waiting'
    yieldTurnThen(() => this.#resume())
  }
}
