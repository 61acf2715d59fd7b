import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  isPromiseLike,
  loseFrame,
  TurnSampler,
  yieldTurnThen,
} from '@sluice/body/engine'
import {
  checkTrailers,
  frameAfterTrailers,
  lengthMismatch,
  PausedBodies,
  whenSettled,
} from '@sluice/stack/host'
import { begunElsewhere } from './begun-elsewhere.ts'
import { WritesUnderWay } from './writes-under-way.ts'
import type { AnyFrame, Fields } from '@sluice/body'
import type { ErrorReports, Pull } from '@sluice/body/engine'
import type { PausedBody } from '@sluice/stack/host'
import type { ResponseHead } from './response-head.ts'
import type { ResponseSink } from './response-sink.ts'

/** Content that is held back for one write, at most. Node's own buffers come on top. */
const highWaterBytes = 65_536

/** Yield to the event loop after this many writes, however fast they are: the client may take each at once. */
const maxWritesAtOnce = 16

/** How a response's body ended: `undefined` if the sink has all of it, the error if it failed. */
export type BodyFailure = { readonly error: unknown } | undefined

/**
 * Pulls the body of a response into a sink.
 *
 * Frames that are there at once go out in one write. A flush and a pause write at once. Backpressure: nothing is pulled from the
 * time at which Node says that it has no room, until all that was written is in the kernel.
 */
export class ResponseSender implements PausedBody {
  readonly #source: Pull<AnyFrame>
  readonly #sink: ResponseSink
  readonly #reports: ErrorReports
  readonly #ended: (failure: BodyFailure) => void
  /** `undefined` once it was written. */
  #head: ResponseHead | undefined
  /** Bytes still to come by the length in the head; -1 if it has none. */
  #left: number
  #held: Uint8Array[] = []
  #heldBytes = 0
  #trailers: Fields | undefined
  #hasRoom = true
  readonly #writes: WritesUnderWay
  #paused: PausedBodies | undefined
  readonly #sampler = new TurnSampler()
  #writesInTurn = 0
  #writesSoon = false
  #state: 'pulling' | 'no room' | 'waiting' | 'over' = 'pulling'

  /**
   * @param reports Takes what receipts throw.
   * @param ended Called once at the end. After `close()` it is called only for an error that still comes.
   */
  constructor(
    source: Pull<AnyFrame>,
    head: ResponseHead,
    sink: ResponseSink,
    reports: ErrorReports,
    ended: (failure: BodyFailure) => void,
  ) {
    this.#source = source
    this.#head = head
    this.#left = head.length ?? -1
    this.#sink = sink
    this.#reports = reports
    this.#writes = new WritesUnderWay(reports)
    this.#ended = ended
  }

  /** Whether the head was written: no other response can be sent. */
  get hasBegun(): boolean {
    return this.#head === undefined
  }

  /** Goes on if there is something to do. */
  pump(): void {
    if (this.#state === 'waiting' || this.#state === 'over') return
    this.#state = 'pulling'
    try {
      this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The client has gone: nothing more is written, and no more callbacks of writes may come. */
  close(): void | PromiseLike<void> {
    this.#writes.lose()
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#drop()
    this.#paused?.leave(this)
    return this.#source.close()
  }

  /** Calls back when all that was written is in the kernel; never if the client goes before. */
  afterWrites(call: () => void): void {
    this.#writes.whenDone(call)
  }

  pauseEnded(failure: BodyFailure): void {
    this.#paused = undefined
    if (failure !== undefined) this.#fail(failure.error)
    // Its promise may have been settled already: such pauses never wait.
    else if (this.#sampler.isTurnOver()) this.#yield()
    else this.#resume()
  }

  #loop(): void {
    for (;;) {
      if (this.#heldBytes >= highWaterBytes) {
        this.#write()
        if (++this.#writesInTurn >= maxWritesAtOnce) return this.#yield()
      }
      if (!this.#hasRoom) {
        this.#write()
        this.#state = 'no room'
        return
      }
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) return this.#waitFor(frame)
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) return this.#yield()
    }
  }

  #waitFor(frame: PromiseLike<AnyFrame | undefined>): void {
    if (this.#heldBytes > 0) this.#writeSoon()
    this.#state = 'waiting'
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
      this.#sink.flushed?.()
      this.#writes.flush(frame.sent)
    } else if (isPause(frame)) {
      this.#write()
      this.#pause(frame.until)
      return false
    } else if (isTrailers(frame)) {
      checkTrailers(frame.fields)
      this.#trailers = frame.fields
    }
    return true
  }

  #hold(bytes: Uint8Array): void {
    const { length } = bytes
    if (length === 0) return
    if (this.#left >= 0) {
      this.#left -= length
      if (this.#left < 0) throw lengthMismatch('more')
    }
    this.#held.push(bytes)
    this.#heldBytes += length
  }

  #pause(until: PromiseLike<unknown>): void {
    this.#state = 'waiting'
    this.#paused = PausedBodies.on(until)
    this.#paused.join(this)
  }

  #resume(): void {
    if (this.#state === 'waiting') this.#state = 'pulling'
    this.pump()
  }

  /** Writes what is held, and at least the head. */
  #write(): void {
    const begins = this.#begin()
    if (this.#heldBytes > 0) {
      const held = this.#held
      this.#held = []
      this.#heldBytes = 0
      this.#writes.begin()
      if (!this.#sink.write(held, this.#written)) this.#hasRoom = false
    } else if (begins) {
      this.#writes.begin()
      this.#sink.flushHead(this.#written)
    }
  }

  #begin(): boolean {
    const head = this.#head
    if (head === undefined) return false
    if (this.#sink.headSent) throw begunElsewhere()
    this.#sink.writeHead(head)
    this.#head = undefined
    return true
  }

  readonly #written = (error?: Error | null): void => {
    // `close` follows. Node 26 tells no error of writes to a stream of HTTP/2 that the client has reset.
    if ((error !== undefined && error !== null) || this.#sink.closed) return
    this.#writes.done()
    if (!this.#writes.areDone) return
    this.#hasRoom = true
    if (this.#state === 'no room') this.pump()
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
      if (this.#state === 'over') return
      try {
        this.#write()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #end(): void {
    if (this.#left > 0) throw lengthMismatch('fewer')
    if (this.#heldBytes > 0) this.#write()
    else this.#begin()
    this.#sink.end(this.#trailers, (error) => this.#reports.report(error))
    this.#state = 'over'
    this.#ended(undefined)
  }

  #fail(error: unknown): void {
    if (this.#state !== 'over') {
      this.#state = 'over'
      this.#drop()
      closeQuietly(this.#source)
    }
    this.#ended({ error })
  }

  #drop(): void {
    this.#held = []
    this.#heldBytes = 0
  }

  /** Yields to the event loop. Writes first, so that what was pulled does not wait for a slow source or for other bodies. */
  #yield(): void {
    if (this.#heldBytes > 0) this.#write()
    this.#writesInTurn = 0
    this.#state = 'waiting'
    yieldTurnThen(() => this.#resume())
  }
}
