import { BodyError, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import { afterTurn, closeQuietly, isPromiseLike, loseFrame, TurnSampler } from '@sluice/body/engine'
import { ContentEncoder } from '../http1/content-encoder.ts'
import { PausedBodies } from './paused-bodies.ts'
import type { AnyFrame, Fields } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ResponseFraming } from '../http1/response-head.ts'
import type { PausedBody } from './paused-bodies.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** What the writer needs of its exchange. */
export interface WriterHost {
  /** The head stands in the output: no other can. */
  begun(): void
  /** The body has ended, and what it gave stands in the output. */
  ended(): void
  /** The body failed, or is not what its framing says. */
  fail(error: unknown): void
  /** The body failed when its response was over already. */
  failedLate(error: unknown): void
}

/** Yield to the event loop after this many writes, however fast they are: the client may take each at once. */
const writesAtOnce = 16

/**
 * Pulls a response's body and puts it on the wire: what is there at once in one write, a flush at once, no more than the socket
 * has room for.
 */
export class ResponseWriter implements PausedBody {
  /** Which pause lasts, counted from 1; 0 where none does. */
  pause = 0
  #pauses = 0
  #paused: PausedBodies | undefined
  readonly #source: Pull<AnyFrame>
  readonly #encoder: ContentEncoder
  /** Until it is in the output. */
  #head: string | undefined
  readonly #output: WriteBuffer
  readonly #highWaterBytes: number
  readonly #host: WriterHost
  /** What is left of a frame too large for one write. */
  #rest: Uint8Array | undefined
  #trailers: Fields | undefined
  readonly #sampler = new TurnSampler()
  /** Writes since the last yield to the event loop. */
  #writes = 0
  #writesSoon = false
  #waiting: 'none' | 'room' | 'source' = 'none'
  #over = false

  constructor(
    source: Pull<AnyFrame>,
    head: string,
    framing: ResponseFraming,
    output: WriteBuffer,
    highWaterBytes: number,
    host: WriterHost,
  ) {
    this.#source = source
    this.#encoder = new ContentEncoder(framing)
    this.#head = head
    this.#output = output
    this.#highWaterBytes = highWaterBytes
    this.#host = host
  }

  /** Whether none of the response has been given to the output. */
  get untouched(): boolean {
    return this.#head !== undefined
  }

  /** Goes on where there is something to do; called at the start and when the socket has room. */
  pump(): void {
    if (this.#waiting === 'source' || this.#over) return
    this.#waiting = 'none'
    try {
      this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Leaves early: nothing more is written. */
  close(): void | PromiseLike<void> {
    if (this.#over) return
    this.#over = true
    this.#paused?.leave(this)
    return this.#source.close()
  }

  #loop(): void {
    for (;;) {
      if (this.#output.heldBytes >= this.#highWaterBytes) {
        this.#write()
        if (++this.#writes >= writesAtOnce) return this.#breathe()
      }
      if (!this.#output.hasRoom) {
        this.#write()
        this.#waiting = 'room'
        return
      }
      if (this.#rest !== undefined) {
        this.#gather(this.#rest)
        continue
      }
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) {
        if (this.#output.heldBytes > 0) this.#writeSoon()
        this.#waiting = 'source'
        // Made for each wait: a connection that pauses, or waits for room, keeps none of them.
        // A thenable that is no promise may call back more than once: a promise takes its first answer.
        Promise.resolve(frame).then(
          (arrived) => this.#arrived(arrived),
          (error) => this.#failed(error),
        )
        return
      }
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) return this.#breathe()
    }
  }

  #arrived(frame: AnyFrame | undefined): void {
    if (this.#over) {
      loseFrame(frame, 'the response was cut before it')
      return
    }
    this.#waiting = 'none'
    try {
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) this.#breathe()
      else this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  #failed(error: unknown): void {
    if (!this.#over) return this.#fail(error)
    // The response was cut, but its body may have failed for another reason.
    this.#host.failedLate(error)
  }

  /** Takes a frame; `false` where the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    if (this.#trailers !== undefined) return this.#refuseLate(frame)
    if (isData(frame)) {
      this.#gather(frame.bytes)
      return true
    }
    if (isFlush(frame)) {
      this.#write()
      this.#output.flush(frame.sent)
      return true
    }
    if (isPause(frame)) {
      this.#write()
      this.#pause(frame.until)
      return false
    }
    if (isTrailers(frame)) this.#trailers = frame.fields
    return true
  }

  /** Trailers come last: a flush or a frame of another kind after them is an error as well. */
  #refuseLate(frame: AnyFrame): never {
    loseFrame(frame, 'the trailers before it')
    throw new BodyError(
      'BODY_INVALID',
      `Cannot send the body: found a ${frame.kind} frame after the trailers`,
    )
  }

  #gather(bytes: Uint8Array): void {
    const part =
      bytes.length > this.#highWaterBytes ? bytes.subarray(0, this.#highWaterBytes) : bytes
    this.#rest = part === bytes ? undefined : bytes.subarray(this.#highWaterBytes)
    this.#encoder.count(part.length)
    this.#output.hold(part)
  }

  #pause(until: PromiseLike<unknown>): void {
    this.pause = ++this.#pauses
    this.#waiting = 'source'
    this.#paused = PausedBodies.on(until)
    this.#paused.join(this)
  }

  resumed(): void {
    this.pause = 0
    this.#paused = undefined
    this.#waiting = 'none'
    this.pump()
  }

  pauseFailed(error: unknown): void {
    this.pause = 0
    this.#paused = undefined
    this.#fail(error)
  }

  #write(): void {
    this.#release('')
    this.#output.write()
  }

  /** Makes what was pulled ready to be written, as one chunk if the framing is chunked. */
  #release(end: string): void {
    const { heldBytes } = this.#output
    const head = this.#head
    const before = this.#encoder.before(heldBytes)
    this.#head = undefined
    this.#output.release(
      head === undefined ? before : head + before,
      this.#encoder.after(heldBytes) + end,
    )
    if (head !== undefined) this.#host.begun()
  }

  /**
   * Writes unless more comes in this turn of the process: a generator's frames come by promises also where it waits for nothing,
   * and each would be a write and a chunk of its own.
   */
  #writeSoon(): void {
    if (this.#writesSoon) return
    this.#writesSoon = true
    setImmediate(() => {
      this.#writesSoon = false
      if (!this.#over) this.#write()
    })
  }

  /** Ends the response; the connection writes, together with the answers to requests that have come already. */
  #end(): void {
    this.#release(this.#encoder.end(this.#trailers))
    this.#over = true
    this.#host.ended()
  }

  #fail(error: unknown): void {
    this.#over = true
    this.#output.drop()
    closeQuietly(this.#source)
    this.#host.fail(error)
  }

  /** Yields to the event loop. Gathered bytes are written first, so that they do not wait for a slow source or for other bodies. */
  #breathe(): void {
    if (this.#output.heldBytes > 0) this.#write()
    this.#waiting = 'source'
    afterTurn(() => {
      this.#writes = 0
      this.#waiting = 'none'
      this.pump()
    })
  }
}
