import { isTrailers } from '@sluice/body'
import { isPromiseLike, loseFrame, nextTurn, releasesHeld } from '@sluice/body/engine'
import { flush } from '@sluice/flush'
import { firstOf, sleep } from '@sluice/pause'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Wait } from '@sluice/pause'
import type { Client } from '@sluice/stack'
import type { EventPull, EventReader } from './event-pull.ts'

/** Of a request's client, what ends a stream: it has gone, or its server begins to close. */
export type StreamClient = Pick<Client, 'signal' | 'draining'>

export interface LivelyOptions {
  /** What is sent after `quietMs` without anything else. */
  readonly beat: AnyFrame
  readonly quietMs: number
  readonly client: StreamClient | undefined
}

type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>

interface Waiter {
  resolve(frame: AnyFrame | undefined): void
  reject(error: unknown): void
}

/**
 * A source with a flush after each burst, a beat when it is quiet, and an end when its client has gone.
 *
 * By itself, and not by filters with an idle time, which set a timer for each wait: with one timer a stream, that is not touched
 * by what passes, and one turn for all who wait for it, a message of a ticker costs each of 1,000 streams 1.7 us of CPU
 * instead of 7.2 (Node 20).
 */
export class LivelyPull implements Pull<AnyFrame>, EventReader {
  readonly #source: EventPull
  readonly #options: LivelyOptions
  #state: 'new' | 'open' | 'over' = 'new'
  #ended: Wait<void> | undefined
  /** The reader, where it waits. */
  #waiter: Waiter | undefined
  /** Whether the source has been asked and has not answered; its answer, where the reader had left before with something else. */
  #asked = false
  #answer: (() => AnyFrame | undefined) | undefined
  #owed: AnyFrame | undefined
  #unflushed = false
  #trailersPassed = false
  #passed = 0
  #lastAt = 0
  #turning = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(source: EventPull, options: LivelyOptions) {
    this.#source = source
    this.#options = options
  }

  pull(): Pulled {
    if (this.#state === 'new') this.#open()
    if (this.#state === 'over') return undefined
    const owed = this.#owed
    this.#owed = undefined
    if (owed !== undefined) return owed
    const answer = this.#answer
    this.#answer = undefined
    if (answer !== undefined) return answer()
    if (!this.#asked) {
      const pulled = this.#ask()
      if (!isPromiseLike(pulled)) return this.#pass(pulled)
      this.#asked = true
    }
    return this.#wait()
  }

  arrived(frame: AnyFrame | undefined): void {
    this.#answered(() => this.#pass(frame))
  }

  failed(error: unknown): void {
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
    this.#ended = firstOf(forEver(client.signal), forEver(client.draining))
    this.#ended.then(undefined, () => {
      if (this.#state === 'open') this.close()
    })
  }

  #ask(): ReturnType<EventPull['pullFor']> {
    try {
      return this.#source.pullFor(this)
    } catch (error) {
      return this.#fail(error)
    }
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

  #fail(error: unknown): undefined {
    if (this.#state === 'over') return undefined
    this.#leave()
    throw error
  }

  #wait(): PromiseLike<AnyFrame | undefined> | undefined {
    // A source may close its own stream while it is pulled: then no timer must be set.
    if (this.#state === 'over') return undefined
    if (this.#unflushed) this.#awaitTurn()
    this.#arm()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  #answered(answer: () => AnyFrame | undefined): void {
    this.#asked = false
    if (this.#waiter === undefined && this.#state === 'open') this.#answer = answer
    else this.#give(answer)
  }

  /** Answers the reader, which waits, or has left. */
  #give(answer: () => AnyFrame | undefined): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    try {
      const frame = answer()
      waiter?.resolve(frame)
    } catch (error) {
      waiter?.reject(error)
    }
  }

  /** A burst is over when a turn has gone by without a frame: an async iterator answers later also where it has something. */
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

  /** Frames that have passed have not touched the timer: it may be too early. A reader that does not wait needs no beat. */
  readonly #due = (): void => {
    this.#timer = undefined
    if (this.#waiter === undefined || this.#trailersPassed) return
    const now = performance.now()
    if (now < this.#lastAt + this.#options.quietMs) return this.#arm()
    this.#lastAt = now
    this.#unflushed = false
    this.#owed = flush
    this.#give(() => this.#options.beat)
  }

  #leave(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    clearTimeout(this.#timer)
    this.#ended?.cancel()
    // What had come is let go.
    this.#answer?.()
    this.#answer = undefined
    this.#give(() => undefined)
  }
}

/** Until a signal aborts. By way of a wait: however many streams a signal ends, it has one listener. */
const forEver = (signal: AbortSignal): Wait<void> => sleep(Number.POSITIVE_INFINITY, { signal })

let turn: Promise<void> | undefined

/** The next turn of the event loop, one promise for all streams that wait for it. */
const sharedTurn = (): Promise<void> => {
  turn ??= nextTurn().then(() => {
    turn = undefined
  })
  return turn
}
