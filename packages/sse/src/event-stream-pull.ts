import { isTrailers } from '@sluice/body'
import {
  answerPull,
  failPull,
  isPromiseLike,
  loseFrame,
  onAbort,
  propertyOf,
  releasesHeld,
} from '@sluice/body/engine'
import { flush } from '@sluice/flush'
import { OwnFrames } from './own-frames.ts'
import { sharedTurn } from './shared-turn.ts'
import { StreamSource } from './stream-source.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull, Pulled, PullNext, PullWaiter } from '@sluice/body/engine'
import type { Client } from '@sluice/stack'
import type { ItemEncoder } from './log-item.ts'
import type { OwnFramesOptions } from './own-frames.ts'

/** The part of a request's client that ends a stream: the client has gone, or its server begins to close. */
export type StreamClient = Pick<Client, 'signal' | 'draining'>

/** Each ends a stream. */
export const clientSignals = ['signal', 'draining'] as const

export interface EventStreamOptions extends OwnFramesOptions {
  /** Sent after `quietMs` without any other data, but not in a pause: there, `heartbeat` of `@sluice/pause` sends it. */
  readonly heartbeat: AnyFrame
  readonly quietMs: number
  readonly client: StreamClient | undefined
  readonly encode: ItemEncoder
}

/**
 * The frames of an event stream: those of the source, a flush after each burst, a heartbeat when the source is quiet, an event if
 * it fails, and an end when the client has gone.
 *
 * Not made of filters with an idle time, which set a timer for each wait. Here each stream has one timer, which frames that pass
 * do not touch, and all streams share one wait for the next turn. So a message to many streams costs much less CPU.
 */
export class EventStreamPull implements Pull<AnyFrame>, PullNext<AnyFrame> {
  readonly #source: StreamSource
  readonly #options: EventStreamOptions
  readonly #own: OwnFrames
  #state: 'new' | 'open' | 'over' = 'new'
  /** Stop listening to the client. */
  readonly #stops: (() => void)[] = []
  /** The reader, while it waits. */
  #waiter: PullWaiter<AnyFrame> | undefined
  /** Whether the source has been asked and has not answered. */
  #asked = false
  /** Its answer, if it arrived while the reader was not waiting. */
  #answer: (() => AnyFrame | undefined) | undefined
  /** The flush after a heartbeat. */
  #owed: AnyFrame | undefined
  /** Why the stream fails once its own frames have left. */
  #failure: { readonly error: unknown } | undefined
  #unflushed = false
  #trailersPassed = false
  #passed = 0
  #lastAt = 0
  #turning = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(source: Pull<AnyFrame>, options: EventStreamOptions) {
    this.#source = new StreamSource(source, options.encode)
    this.#options = options
    this.#own = new OwnFrames(options)
  }

  pull(): Pulled<AnyFrame> {
    return this.#pull(undefined)
  }

  pullThen(next: PullNext<AnyFrame>): Pulled<AnyFrame> {
    return this.#pull(next)
  }

  #pull(next: PullNext<AnyFrame> | undefined): Pulled<AnyFrame> {
    if (this.#state === 'new') this.#open()
    if (this.#state === 'over') return undefined
    const owed = this.#owed
    this.#owed = undefined
    if (owed !== undefined) return owed
    const answer = this.#answer
    this.#answer = undefined
    if (answer !== undefined) return answer()
    return this.#asked ? this.#wait(next) : this.#next(next)
  }

  arrived(frame: AnyFrame | undefined): undefined {
    let leaving: AnyFrame | undefined
    try {
      leaving = this.#leaving(frame)
    } catch (error) {
      return this.failed(error)
    }
    const waiter = this.#waiter
    if (waiter === undefined) return this.#answered(() => this.#pass(leaving))
    this.#asked = false
    this.#waiter = undefined
    answerPull(waiter, this.#pass(leaving))
  }

  failed(error: unknown): undefined {
    this.#answered(() => this.#fail(error))
  }

  close(): void | PromiseLike<void> {
    this.#leave()
    return this.#source.close()
  }

  #open(): void {
    this.#state = 'open'
    this.#lastAt = performance.now()
    const { client } = this.#options
    if (client === undefined) return
    for (const name of clientSignals) {
      const signal = client[name]
      if (signal.aborted) queueMicrotask(this.#clientLeft)
      else this.#stops.push(onAbort(signal, this.#clientLeft))
    }
  }

  readonly #clientLeft = (): void => {
    if (this.#state === 'open') this.close()
  }

  #next(next: PullNext<AnyFrame> | undefined): Pulled<AnyFrame> {
    const own = this.#own.next()
    if (own !== undefined) return this.#pass(own)
    if (this.#failure !== undefined) {
      this.#leave()
      throw this.#failure.error
    }
    let leaving: AnyFrame | undefined
    try {
      const pulled = this.#source.pullThen(this)
      if (isPromiseLike(pulled)) {
        this.#asked = true
        return this.#source.isPrompt && this.#unflushed ? this.#pass(flush) : this.#wait(next)
      }
      leaving = this.#leaving(pulled)
    } catch (error) {
      return this.#fail(error)
    }
    return this.#pass(leaving)
  }

  #pass(frame: AnyFrame | undefined): AnyFrame | undefined {
    if (this.#state === 'over') {
      loseFrame(frame, 'the stream was closed before it was taken')
      return undefined
    }
    if (frame === undefined) {
      this.#leave()
      return undefined
    }
    this.#passed++
    if (frame.kind === 'data') {
      this.#unflushed = true
      this.#lastAt = performance.now()
    } else if (releasesHeld.has(frame.kind)) {
      this.#unflushed = false
      this.#trailersPassed ||= isTrailers(frame)
    }
    return frame
  }

  #leaving(frame: AnyFrame | undefined): AnyFrame | undefined {
    return this.#state === 'over' ? frame : this.#source.leaving(frame)
  }

  /**
   * Sends the client an event, if it can still get one; then the stream fails with the error. If a hub was closed, the stream just
   * ends: the client reconnects, as after a restart.
   */
  #fail(error: unknown): AnyFrame | undefined {
    if (this.#state === 'over') return undefined
    this.#source.close()
    if (propertyOf(error, 'code') === 'HUB_CLOSED') {
      this.#leave()
      return undefined
    }
    if (this.#trailersPassed || !this.#own.fail(error)) {
      this.#leave()
      throw error
    }
    this.#failure = { error }
    return this.#pass(this.#own.next())
  }

  #wait(next: PullNext<AnyFrame> | undefined): PromiseLike<AnyFrame | undefined> | undefined {
    // A source may close its own stream while it is pulled: then no timer must be set.
    if (this.#state === 'over') return undefined
    if (this.#unflushed) this.#awaitTurn()
    this.#arm()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject, next }
    })
  }

  #answered(answer: () => AnyFrame | undefined): undefined {
    this.#asked = false
    if (this.#waiter === undefined && this.#state === 'open') this.#answer = answer
    else this.#give(answer)
  }

  /** Answers the reader, if it waits. */
  #give(answer: () => AnyFrame | undefined): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    let frame: AnyFrame | undefined
    try {
      frame = answer()
    } catch (error) {
      if (waiter !== undefined) failPull(waiter, error)
      return
    }
    if (waiter !== undefined) answerPull(waiter, frame)
  }

  /** A burst is over after a turn without a frame: an async iterator answers later even if it has something. */
  #awaitTurn(): void {
    if (this.#turning) return
    this.#turning = true
    const passed = this.#passed
    sharedTurn().then(() => {
      this.#turning = false
      if (this.#waiter === undefined || !this.#unflushed) return
      if (this.#passed !== passed) return this.#awaitTurn()
      this.#unflushed = false
      this.#give(() => flush)
    })
  }

  #arm(): void {
    const { quietMs } = this.#options
    if (this.#timer !== undefined || quietMs === Number.POSITIVE_INFINITY || this.#trailersPassed)
      return
    const leftMs = Math.max(0, this.#lastAt + quietMs - performance.now())
    this.#timer = setTimeout(this.#due, leftMs)
  }

  /** May be called too early, since frames that pass do not touch the timer. A reader that does not wait needs no heartbeat. */
  readonly #due = (): void => {
    this.#timer = undefined
    if (this.#waiter === undefined || this.#trailersPassed) return
    const now = performance.now()
    if (now < this.#lastAt + this.#options.quietMs) return this.#arm()
    this.#lastAt = now
    this.#unflushed = false
    this.#owed = flush
    this.#give(() => this.#options.heartbeat)
  }

  #leave(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    clearTimeout(this.#timer)
    for (const stop of this.#stops) stop()
    // Disposes of an answer that was not taken.
    this.#answer?.()
    this.#answer = undefined
    this.#give(() => undefined)
  }
}
