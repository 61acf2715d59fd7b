import { BodyError, isData, isPause } from '@sluice/body'
import {
  closedBefore,
  closeQuietly,
  isPromiseLike,
  loseFrame,
  nextTurn,
  nothing,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { SharedLine } from './shared-line.ts'
import { SharedReader } from './shared-reader.ts'
import type { AnyFrame, Pause } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ShareLimits } from './share-options.ts'
import type { Outcome, ReaderHost } from './shared-reader.ts'
import type { Slot } from './shared-slot.ts'

/** One reading of a source for many readers. */
export class SharedSource implements ReaderHost {
  outcome: Outcome | undefined
  /** Whether anything has been asked of the source. */
  pulled = false
  readonly #source: Pull<AnyFrame>
  readonly #limits: ShareLimits
  readonly #line: SharedLine
  readonly #readers = new Set<SharedReader>()
  readonly #waiting = new Set<SharedReader>()
  /** How many waits must end before the source is pulled: a pull, a pause, a turn for slow readers. */
  #blocks = 0
  #pause: Pause | undefined
  readonly #sampler = new TurnSampler()

  constructor(source: Pull<AnyFrame>, limits: ShareLimits) {
    this.#source = source
    this.#limits = limits
    this.#line = new SharedLine(limits)
  }

  get readers(): number {
    return this.#readers.size
  }

  /** A new reader, which begins at the next frame or with the replayed ones. In a pause, it gets that first. */
  join(): SharedReader {
    const start = this.#line.addReader()
    const { tail } = this.#line
    const reader = new SharedReader(this, start, tail, start === tail ? this.#pause : undefined)
    this.#readers.add(reader)
    return reader
  }

  /** Fails all readers, after what has been pulled, and closes the source. */
  close(reason: unknown): void | PromiseLike<void> {
    if (this.outcome !== undefined) return
    this.#end({ kind: 'failed', error: reason })
    return this.#source.close()
  }

  waits(reader: SharedReader): void {
    this.#waiting.add(reader)
  }

  passed(slot: Slot): void {
    this.#line.passed(slot)
  }

  goOn(): void {
    if (this.#waiting.size > 0) this.advance()
  }

  left(reader: SharedReader): void | PromiseLike<void> {
    this.#readers.delete(reader)
    this.#waiting.delete(reader)
    if (this.outcome !== undefined) return
    if (this.#readers.size > 0) return this.goOn()
    this.outcome = { kind: 'left' }
    return this.#source.close()
  }

  /** Pulls the source until there is a frame, or something to wait for. */
  advance(): void {
    if (!this.pulled) {
      // In a microtask: a reader that is made in the next expression must not miss what is there at once.
      this.pulled = true
      return this.#blockFor(Promise.resolve(), nothing)
    }
    for (;;) {
      if (this.#blocks > 0 || this.outcome !== undefined) return
      if (this.#limits.policy === 'wait' && this.#line.isFull) return
      if (this.#pullOnce()) return
      if (this.#sampler.isTurnOver()) return this.#blockFor(yieldTurn(), nothing)
    }
  }

  /** `true` if there is a frame, the end, or something to wait for. */
  #pullOnce(): boolean {
    let pulled: AnyFrame | undefined | PromiseLike<AnyFrame | undefined>
    // Blocked meanwhile: the source may pull a reader from inside its own pull.
    this.#blocks++
    try {
      pulled = this.#source.pull()
    } catch (error) {
      this.#fail(error)
      return true
    } finally {
      this.#blocks--
    }
    if (!isPromiseLike(pulled)) return this.#arrived(pulled)
    this.#blockFor(pulled, this.#arrivedLater)
    return true
  }

  /** An async iterable that never waits does not yield to the event loop either. */
  readonly #arrivedLater = (frame: AnyFrame | undefined): void => {
    if (!this.#arrived(frame) && this.#sampler.isTurnOver()) this.#blockFor(yieldTurn(), nothing)
  }

  /** Does not pull the source until a wait ends. If that rejects, all readers fail. */
  #blockFor<T>(wait: PromiseLike<T>, then: (value: T) => void): void {
    this.#blocks++
    // Through a native promise, since a foreign thenable may throw at the call, or settle twice.
    Promise.resolve(wait).then(
      (value) => {
        this.#blocks--
        then(value)
        this.goOn()
      },
      (error) => {
        this.#blocks--
        this.#fail(error)
      },
    )
  }

  readonly #arrived = (frame: AnyFrame | undefined): boolean => {
    if (this.outcome !== undefined) {
      loseFrame(frame, closedBefore)
      return true
    }
    if (frame === undefined) this.#end({ kind: 'ended' })
    else if (isData(frame) && frame.bytes.length === 0) return false
    else this.#append(frame)
    return true
  }

  #append(frame: AnyFrame): void {
    this.#line.append(frame, this.#readers.size)
    if (isPause(frame)) this.#startPause(frame)
    this.#wakeAll()
    if (this.#limits.policy !== 'wait' && this.#line.isTooLong) this.#relieve()
  }

  #startPause(pause: Pause): void {
    this.#pause = pause
    this.#blockFor(pause.until, () => {
      this.#pause = undefined
    })
  }

  #wakeAll(): void {
    this.#blocks++
    for (const reader of this.#waiting) {
      this.#waiting.delete(reader)
      reader.wake()
    }
    this.#blocks--
  }

  /** Makes room at the cost of slow readers. A reader is slow if it has had a turn and taken nothing. */
  #relieve(): void {
    for (const reader of this.#readers) {
      if (reader.at === this.#line.front && !reader.stalled)
        return this.#blockFor(nextTurn(), () => this.#makeRoom())
    }
    this.#makeRoom()
  }

  #makeRoom(): void {
    const { maxBytes, policy } = this.#limits
    while (this.#line.mayDropFront && this.outcome === undefined) {
      const slowest = this.#line.front
      for (const reader of this.#readers) {
        if (reader.at !== slowest) continue
        if (policy === 'drop-oldest') reader.skip()
        else closeQuietly({ close: () => reader.fail(tooSlow(maxBytes)) })
      }
    }
  }

  #end(outcome: Outcome): void {
    this.outcome = outcome
    this.#wakeAll()
  }

  #fail(error: unknown): void {
    if (this.outcome !== undefined) return
    this.#end({ kind: 'failed', error })
    closeQuietly(this.#source)
  }
}

const tooSlow = (maxBytes: number): BodyError =>
  new BodyError(
    'READER_SLOW',
    `Cannot go on reading the shared body: found more than ${maxBytes} bytes that this reader has not taken`,
  )
