import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  closedBefore,
  closeQuietly,
  isPromiseLike,
  loseFrame,
  observePause,
  runNextTurn,
  TurnSampler,
  yieldTurnThen,
} from '@sluice/body/engine'
import { frameAfterTrailers } from './frame-after-trailers.ts'
import { PausedBodies } from './paused-bodies.ts'
import { whenSettled } from './when-settled.ts'
import type { AnyFrame, Pause } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from './frame-sink.ts'
import type { PausedBody } from './paused-bodies.ts'

/** Yield to the event loop after this many writes, however fast they are: the client may take each at once. */
const maxWritesAtOnce = 16

/**
 * Pulls a body into a sink.
 *
 * Frames that are there at once go out in one write. A flush and a pause write at once. Backpressure: nothing is pulled while the sink
 * has no room. A body that never waits yields to the event loop (law 12).
 */
export class FramePump implements PausedBody {
  readonly #source: Pull<AnyFrame>
  readonly #sink: FrameSink
  readonly #sampler = new TurnSampler()
  /** What is left of a frame that the sink did not take whole. */
  #rest: Uint8Array | undefined
  #hasTrailers = false
  #pauses = 0
  #paused: PausedBodies | undefined
  /** Writes since the last yield to the event loop. */
  #writes = 0
  #writesSoon = false
  #state: 'pulling' | 'no room' | 'waiting' | 'over' = 'no room'

  constructor(source: Pull<AnyFrame>, sink: FrameSink) {
    this.#source = source
    this.#sink = sink
  }

  /** Which pause lasts, counted from 1; 0 if none does. */
  get pause(): number {
    return this.#paused === undefined ? 0 : this.#pauses
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Starts, or goes on if the sink had no room. */
  pump(): void {
    if (this.#state !== 'no room') return
    this.#state = 'pulling'
    try {
      this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Leaves early: nothing more is written. What comes later is lost, except an error. */
  close(): void | PromiseLike<void> {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#sink.drop()
    this.#paused?.leave(this)
    return this.#source.close()
  }

  pauseEnded(failure: BodyFailure): void {
    this.#paused = undefined
    if (failure !== undefined) return this.#fail(failure.error)
    this.#state = 'pulling'
    try {
      this.#goOn()
    } catch (error) {
      this.#fail(error)
    }
  }

  #loop(): void {
    if (!this.#sink.hasRoom && !this.#findRoom()) return
    if (this.#rest !== undefined && !this.#holdRest()) return
    for (;;) {
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) return this.#waitFor(frame)
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) return this.#yield()
    }
  }

  /** Looked for after a write, and before the first frame: between them, the room does not change. */
  #findRoom(): boolean {
    if (this.isOver) return false
    if (this.#sink.hasRoom) return true
    this.#sink.write()
    if (!this.isOver) this.#state = 'no room'
    return false
  }

  /** Holds what is left of a frame, write by write. `false` if the loop must not go on. */
  #holdRest(): boolean {
    while (this.#rest !== undefined) {
      const rest = this.#rest
      this.#rest = undefined
      if (rest.length > 0) this.#rest = this.#sink.hold(rest)
      if (this.#rest !== undefined && !this.#writeFull()) return false
    }
    return true
  }

  /** Writes what has filled the sink. `false` if the loop must not go on. */
  #writeFull(): boolean {
    this.#sink.write()
    if (++this.#writes < maxWritesAtOnce) return this.#findRoom()
    this.#yield()
    return false
  }

  #waitFor(frame: PromiseLike<AnyFrame | undefined>): void {
    if (!this.#writesSoon && this.#sink.holdsData) this.#writeSoon()
    if (this.#state !== 'over') this.#state = 'waiting'
    // Made for each wait: a body that pauses, or waits for room, keeps none of them.
    whenSettled(
      frame,
      (arrived) => this.#arrived(arrived),
      (error) => this.#fail(error),
    )
  }

  #arrived(frame: AnyFrame | undefined): void {
    if (this.#state === 'over') return loseFrame(frame, closedBefore)
    this.#state = 'pulling'
    try {
      if (this.#take(frame)) this.#goOn()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Goes on after a wait. What was waited for may have been there already: such a body never waits. */
  #goOn(): void {
    if (this.#sampler.isTurnOver()) this.#yield()
    else this.#loop()
  }

  /** Takes a frame; `false` if the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    if (this.#hasTrailers) throw frameAfterTrailers(frame)
    if (isData(frame)) {
      const rest = this.#sink.hold(frame.bytes)
      if (rest === undefined) return this.#state !== 'over'
      this.#rest = rest
      return this.#writeFull() && this.#holdRest()
    }
    if (isFlush(frame)) {
      this.#sink.flush(frame.sent)
      return this.#findRoom()
    }
    if (isPause(frame)) {
      this.#pause(frame)
      return false
    }
    if (isTrailers(frame)) {
      this.#hasTrailers = true
      this.#sink.trailers(frame.fields)
      return this.#findRoom()
    }
    return true
  }

  #pause(pause: Pause): void {
    this.#sink.write()
    if (this.isOver) return observePause(pause)
    this.#pauses++
    this.#state = 'waiting'
    this.#paused = PausedBodies.on(pause.until)
    this.#paused.join(this)
  }

  /** Goes on, unless the body is over. */
  #resume(): void {
    if (this.#state === 'waiting') this.#state = 'no room'
    this.pump()
  }

  /**
   * Writes unless more comes in this turn of the event loop. A generator's frames come by promises even if it waits for nothing,
   * and each would be a write and a chunk of its own.
   */
  #writeSoon(): void {
    this.#writesSoon = true
    runNextTurn(() => {
      this.#writesSoon = false
      if (this.#state === 'over') return
      try {
        this.#sink.write()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #end(): void {
    this.#sink.end()
    this.#state = 'over'
    this.#sink.ended(undefined)
  }

  #fail(error: unknown): void {
    if (this.#state !== 'over') {
      this.#state = 'over'
      this.#sink.drop()
      closeQuietly(this.#source)
    }
    this.#sink.ended({ error })
  }

  /** Yields to the event loop. Writes first, so that what was pulled does not wait for a slow source or for other bodies. */
  #yield(): void {
    if (this.#sink.holdsData) this.#sink.write()
    if (this.isOver) return
    this.#writes = 0
    this.#state = 'waiting'
    yieldTurnThen(() => this.#resume())
  }
}
