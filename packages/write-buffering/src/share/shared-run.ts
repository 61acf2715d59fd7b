import { isData, isPause } from '@sluice/body'
import {
  breathe,
  closeQuietly,
  isPromiseLike,
  loseFrame,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { bufferingError } from '../errors.ts'
import { SharedReader } from './shared-reader.ts'
import { emptySlot, fillSlot } from './shared-slot.ts'
import type { AnyFrame, BodyError, Pause } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ShareLimits } from './share-options.ts'
import type { Outcome, SharedLine } from './shared-reader.ts'
import type { Slot } from './shared-slot.ts'

/** One reading of a source by many: a line of frames, as long as the slowest reader is behind. */
export class SharedRun implements SharedLine {
  outcome: Outcome | undefined
  /** Whether anything has been asked of the source. */
  pulled = false
  readonly #source: Pull<AnyFrame>
  readonly #limits: ShareLimits
  readonly #readers = new Set<SharedReader>()
  readonly #waiting = new Set<SharedReader>()
  /** Where the next frame will stand. */
  #tail = emptySlot()
  /** The first that somebody has yet to take, and how many bytes stand from there on. */
  #front = this.#tail
  #heldBytes = 0
  /** Where the newest data stands. */
  #newest = this.#tail
  /** From where on late readers are told what was before them, and how many bytes that is. */
  #replay = this.#tail
  #replayedBytes = 0
  /** How much has to come to its end before the source is pulled: a pull, a pause, a turn for the slow. */
  #blocks = 0
  #pause: Pause | undefined
  readonly #sampler = new TurnSampler()

  constructor(source: Pull<AnyFrame>, limits: ShareLimits) {
    this.#source = source
    this.#limits = limits
  }

  get readers(): number {
    return this.#readers.size
  }

  /** A new reader at the live edge, or as far behind as is replayed; in a pause, it is told of that first. */
  join(): SharedReader {
    const start = this.#replay
    const isLive = start === this.#tail
    const reader = new SharedReader(this, start, this.#tail, isLive ? this.#pause : undefined)
    this.#readers.add(reader)
    // What everybody had taken is held again.
    if (start.left === 0 && !isLive) this.#front = start
    for (let slot = start; slot.next !== undefined; slot = slot.next) {
      if (slot.left === 0) this.#heldBytes += slot.bytes
      slot.left++
    }
    return reader
  }

  /** Fails whoever reads, after what has been pulled, and closes the source. */
  close(reason: unknown): void | PromiseLike<void> {
    if (this.outcome !== undefined) return
    this.#end({ kind: 'failed', error: reason })
    return this.#source.close()
  }

  waits(reader: SharedReader): void {
    this.#waiting.add(reader)
  }

  passed(slot: Slot): void {
    slot.left--
    while (this.#front.left === 0 && this.#front.next !== undefined) {
      this.#heldBytes -= this.#front.bytes
      this.#front = this.#front.next
    }
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

  /** Pulls the source until there is a frame, unless something has to come to its end first. */
  advance(): void {
    const { maxBytes, policy } = this.#limits
    if (!this.pulled) {
      // Else one whose reader is made in the next expression would have missed all that is there at once.
      this.pulled = true
      return this.#blockFor(Promise.resolve(), () => {})
    }
    for (;;) {
      if (this.#blocks > 0 || this.outcome !== undefined) return
      if (policy === 'wait' && this.#heldBytes >= maxBytes) return
      if (this.#pullOnce()) return
      if (this.#sampler.isTurnOver()) return this.#blockFor(yieldTurn(), () => {})
    }
  }

  /** `true` where there is a frame, the end, or something to wait for. */
  #pullOnce(): boolean {
    let pulled: AnyFrame | undefined | PromiseLike<AnyFrame | undefined>
    // Blocked meanwhile: a source may have somebody pull from within.
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

  /** An async iterable that never waits gives the event loop no turn either. */
  readonly #arrivedLater = (frame: AnyFrame | undefined): void => {
    if (!this.#arrived(frame) && this.#sampler.isTurnOver()) this.#blockFor(yieldTurn(), () => {})
  }

  /** Waits for something before the source is pulled; that it rejects is the failure of all. */
  #blockFor<T>(wait: PromiseLike<T>, then: (value: T) => void): void {
    this.#blocks++
    // Through a promise, since a foreign thenable may throw at the call, or settle twice.
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
      loseFrame(frame, 'the body was closed before it was taken')
      return true
    }
    if (frame === undefined) this.#end({ kind: 'ended' })
    else if (isData(frame) && frame.bytes.length === 0) return false
    else this.#append(frame)
    return true
  }

  #append(frame: AnyFrame): void {
    const { maxBytes, policy, replayBytes } = this.#limits
    const slot = this.#tail
    this.#tail = fillSlot(slot, frame, this.#readers.size)
    if (isData(frame)) this.#newest = slot
    this.#heldBytes += slot.bytes
    this.#replayedBytes += slot.bytes
    while (this.#replayedBytes > replayBytes && this.#replay.next !== undefined) {
      this.#replayedBytes -= this.#replay.bytes
      this.#replay = this.#replay.next
    }
    if (isPause(frame)) this.#startPause(frame)
    this.#wakeAll()
    if (policy !== 'wait' && this.#heldBytes > maxBytes) this.#relieve()
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

  /** Makes room at the cost of the slow; slow is who has had a turn and not used it. */
  #relieve(): void {
    for (const reader of this.#readers) {
      if (reader.at === this.#front && !reader.stalled)
        return this.#blockFor(breathe(), () => this.#makeRoom())
    }
    this.#makeRoom()
  }

  /** Frames are whole, and the last one stays, whatever its size. */
  #makeRoom(): void {
    const { maxBytes, policy } = this.#limits
    while (
      this.#heldBytes > maxBytes &&
      this.#front.next !== this.#tail &&
      !this.#keepsNewest &&
      this.outcome === undefined
    ) {
      const slowest = this.#front
      for (const reader of this.#readers) {
        if (reader.at !== slowest) continue
        if (policy === 'drop-oldest') reader.skip()
        else closeQuietly({ close: () => reader.fail(tooSlow(maxBytes)) })
      }
    }
  }

  /** Where old frames are dropped, the newest data stays too, with as much behind it as there may be: else a flush would take its place. */
  get #keepsNewest(): boolean {
    const { maxBytes, policy } = this.#limits
    const front = this.#front
    return (
      policy === 'drop-oldest' &&
      front === this.#newest &&
      this.#heldBytes - front.bytes <= maxBytes
    )
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
  bufferingError(
    'READER_SLOW',
    `Cannot go on reading the shared body: found more than ${maxBytes} bytes that this reader has not taken`,
  )
