import { data, isData, isPause, isTrailers } from '@sluice/body'
import {
  encodeText,
  isFrame,
  isPromiseLike,
  loseFrame,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { flush } from '@sluice/flush'
import { encodeEvent } from './encode-event.ts'
import type { AnyFrame, Pause } from '@sluice/body'
import type { EventMessage } from './message.ts'
import type { ItemReading, ItemResult } from './message-source.ts'

export interface EventPullOptions {
  readonly retryMs: number | undefined
  readonly errorEvent: (error: unknown) => EventMessage | undefined
}

type Pulled = AnyFrame | undefined | PromiseLike<undefined>

/** Stands for an empty data frame of the source, which is dropped: neither a frame nor the end. */
const nothing: AnyFrame = { kind: 'nothing' }

/** Who is told what had to be waited for. Nothing of it throws. */
export interface EventReader {
  arrived(frame: AnyFrame | undefined): void
  failed(error: unknown): void
}

/**
 * The frames of an event stream: a message is one data frame, so that whoever drops frames drops whole messages.
 *
 * Pulled for a reader, which is told what comes later: without a promise between the two, 250 bytes of a stream that waits.
 */
export class EventPull {
  readonly #items: ItemReading
  readonly #options: EventPullOptions
  /** What leaves before anything more is asked of the source, and then a flush. */
  #ready: AnyFrame | undefined
  /** The head leaves first of all: a client waits for it. */
  #flushDue = true
  #state: 'open' | 'failing' | 'over' = 'open'
  #failure: unknown
  #trailersPassed = false
  #closing: PromiseLike<void> | undefined
  /** Ends the pause of the source. */
  #endPause: (() => void) | undefined
  #pauseFailed: { readonly error: unknown } | undefined
  /** Made once an item gives no frame. */
  #sampler: TurnSampler | undefined

  constructor(items: ItemReading, options: EventPullOptions) {
    this.#items = items
    this.#options = options
    const { retryMs } = options
    if (retryMs !== undefined) this.#ready = eventFrame({ retry: retryMs })
  }

  /** A promise says no more than that the reader will be told. */
  pullFor(reader: EventReader): Pulled {
    const ready = this.#ready
    this.#ready = undefined
    if (ready !== undefined) return ready
    if (this.#flushDue) {
      this.#flushDue = false
      return flush
    }
    switch (this.#state) {
      case 'failing':
        this.#state = 'over'
        throw this.#failure
      case 'open':
        return this.#next(reader)
      case 'over':
        return undefined
    }
  }

  close(): void | PromiseLike<void> {
    if (this.#state === 'open') this.#leave()
    this.#state = 'over'
    this.#ready = undefined
    this.#flushDue = false
    return this.#closing
  }

  #next(reader: EventReader): Pulled {
    for (;;) {
      const failed = this.#pauseFailed
      if (failed !== undefined) return this.#fail(failed.error)
      let result: ItemResult | PromiseLike<ItemResult>
      try {
        result = this.#items.next()
      } catch (error) {
        return this.#fail(error)
      }
      if (isPromiseLike(result)) return this.#wait(result, reader)
      const frame = this.#take(result)
      if (frame !== nothing) return frame
      if (this.#isTurnOver()) return this.#nextTurn(reader)
    }
  }

  #isTurnOver(): boolean {
    this.#sampler ??= new TurnSampler()
    return this.#sampler.isTurnOver()
  }

  #nextTurn(reader: EventReader): PromiseLike<undefined> {
    const next = () => (this.#state === 'open' ? this.#next(reader) : undefined)
    return yieldTurn().then(() => this.#tell(reader, next))
  }

  /** Made only while waiting: so a stream that pauses does not keep these functions, 150 bytes. */
  #wait(result: PromiseLike<ItemResult>, reader: EventReader): PromiseLike<undefined> {
    return result.then(
      (later) => this.#tell(reader, () => this.#take(later)),
      (error) => this.#tell(reader, () => (this.#state === 'open' ? this.#fail(error) : undefined)),
    )
  }

  /** Gives the reader what was found; continues if that was nothing. */
  #tell(reader: EventReader, find: () => Pulled): undefined {
    let pulled: Pulled
    try {
      pulled = find()
      if (pulled === nothing)
        pulled = this.#isTurnOver() ? this.#nextTurn(reader) : this.#next(reader)
    } catch (error) {
      reader.failed(error)
      return undefined
    }
    if (!isPromiseLike(pulled)) reader.arrived(pulled)
  }

  #take({ done, value }: ItemResult): AnyFrame | undefined {
    if (this.#state !== 'open') {
      if (isFrame(value)) loseFrame(value, 'the stream was closed before it was taken')
      return undefined
    }
    if (done === true) {
      this.#state = 'over'
      return undefined
    }
    try {
      return this.#frameOf(value)
    } catch (error) {
      return this.#fail(error)
    }
  }

  #frameOf(value: unknown): AnyFrame {
    if (typeof value === 'string') return eventFrame({ data: value })
    if (isFrame(value)) {
      if (isData(value) && value.bytes.length === 0) return nothing
      if (isTrailers(value)) this.#trailersPassed = true
      return isPause(value) ? this.#pause(value) : value
    }
    if (typeof value === 'object' && value !== null) return eventFrame(value)
    throw new TypeError(
      `Cannot send the events: found ${value === null ? 'null' : typeof value}, wanted a message, a string or a frame`,
    )
  }

  /** A pause that does not reject: its failure is to be told to the client first. */
  #pause({ until }: Pause): Pause {
    const over = new Promise<void>((resolve) => {
      this.#endPause = resolve
      Promise.resolve(until).then(
        () => resolve(),
        (error) => {
          this.#pauseFailed = { error }
          resolve()
        },
      )
    })
    return { kind: 'pause', until: over }
  }

  /** An event that says so, where the client may still be told; then the error itself. */
  #fail(error: unknown): AnyFrame | undefined {
    this.#leave()
    this.#state = 'failing'
    this.#failure = error
    const told = this.#trailersPassed ? undefined : this.#errorFrame(error)
    if (told === undefined) {
      this.#state = 'over'
      throw error
    }
    this.#flushDue = true
    return told
  }

  #errorFrame(error: unknown): AnyFrame | undefined {
    try {
      const message = this.#options.errorEvent(error)
      return message === undefined ? undefined : eventFrame(message)
    } catch {
      // The first error is the one that is told.
      return undefined
    }
  }

  /** Closes the source, and ends its pause. */
  #leave(): void {
    this.#state = 'over'
    this.#closing = closing(this.#items)
    this.#endPause?.()
  }
}

/** Closes a source; only who asks for the outcome is told of an error of it. */
const closing = (items: ItemReading): PromiseLike<void> | undefined => {
  const quiet = (closed: PromiseLike<void>) => {
    closed.then(undefined, () => {})
    return closed
  }
  try {
    const closed = items.close()
    return closed === undefined ? undefined : quiet(closed)
  } catch (error) {
    return quiet(Promise.reject(error))
  }
}

const eventFrame = (message: EventMessage): AnyFrame => data(encodeText(encodeEvent(message)))
