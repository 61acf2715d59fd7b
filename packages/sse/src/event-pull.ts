import { data, isPause, isPromiseLike, isTrailers, loseFrame } from '@sluice/body'
import { flush } from '@sluice/flush'
import { anyOf, sleep } from '@sluice/pause'
import { encodeEvent } from './encode-event.ts'
import { isFrame } from './message-source.ts'
import type { AnyFrame, Pause, Pull } from '@sluice/body'
import type { Wait } from '@sluice/pause'
import type { Client } from '@sluice/stack'
import type { EventMessage } from './message.ts'
import type { ItemReading, ItemResult } from './message-source.ts'

/** Of a request's client, what ends a stream: it has gone, or its server begins to close. */
export type StreamClient = Pick<Client, 'signal' | 'draining'>

export interface EventPullOptions {
  readonly retryMs: number | undefined
  readonly client: StreamClient | undefined
  readonly errorEvent: (error: unknown) => EventMessage | undefined
}

type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>

const encoder = new TextEncoder()

/** The frames of an event stream: a message is one data frame, so that whoever drops frames drops whole messages. */
export class EventPull implements Pull<AnyFrame> {
  readonly #items: ItemReading
  readonly #options: EventPullOptions
  /** What leaves before anything more is asked of the source. The head leaves first of all: a client waits for it. */
  #ready: AnyFrame[]
  #state: 'new' | 'open' | 'failing' | 'over' = 'new'
  #failure: unknown
  #trailersPassed = false
  #closing: PromiseLike<void> | undefined
  #ended: Wait<void> | undefined
  /** Ends what is waited for: a pull, or a pause. */
  #wake = (): void => {}
  #pauseFailed: { readonly error: unknown } | undefined

  constructor(items: ItemReading, options: EventPullOptions) {
    this.#items = items
    this.#options = options
    const { retryMs } = options
    this.#ready = retryMs === undefined ? [flush] : [eventFrame({ retry: retryMs }), flush]
  }

  pull(): Pulled {
    if (this.#state === 'new') this.#open()
    const ready = this.#ready.shift()
    if (ready !== undefined) return ready
    switch (this.#state) {
      case 'failing':
        this.#state = 'over'
        throw this.#failure
      case 'new':
      case 'open':
        return this.#next()
      case 'over':
        return undefined
    }
  }

  close(): void | PromiseLike<void> {
    if (this.#state === 'new' || this.#state === 'open') this.#leave()
    this.#state = 'over'
    this.#ready = []
    return this.#closing
  }

  #open(): void {
    this.#state = 'open'
    const { client } = this.#options
    if (client === undefined) return
    this.#ended = anyOf(forEver(client.signal), forEver(client.draining))
    this.#ended.then(undefined, () => {
      if (this.#state === 'open') this.#leave()
    })
  }

  #next(): Pulled {
    const failed = this.#pauseFailed
    if (failed !== undefined) return this.#fail(failed.error)
    let result: ItemResult | PromiseLike<ItemResult>
    try {
      result = this.#items.next()
    } catch (error) {
      return this.#fail(error)
    }
    if (!isPromiseLike(result)) return this.#take(result)
    return this.#ended === undefined
      ? result.then(this.#take, this.#failed)
      : this.#takeUnlessEnded(result)
  }

  #takeUnlessEnded(result: PromiseLike<ItemResult>): PromiseLike<AnyFrame | undefined> {
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      // At once, and not by a chain: a frame that was taken is not to be lost to an end that comes between.
      const settle = (frame: () => AnyFrame | undefined) => {
        try {
          resolve(frame())
        } catch (error) {
          reject(error)
        }
      }
      result.then(
        (found) => settle(() => this.#take(found)),
        (error) => settle(() => this.#failed(error)),
      )
    })
  }

  readonly #take = ({ done, value }: ItemResult): AnyFrame | undefined => {
    if (this.#state !== 'open') {
      if (isFrame(value)) loseFrame(value, 'the stream was closed before it was taken')
      return undefined
    }
    if (done === true) {
      this.#state = 'over'
      this.#ended?.cancel()
      return undefined
    }
    try {
      return this.#frameOf(value)
    } catch (error) {
      return this.#fail(error)
    }
  }

  readonly #failed = (error: unknown): AnyFrame | undefined =>
    this.#state === 'open' ? this.#fail(error) : undefined

  #frameOf(value: unknown): AnyFrame {
    if (typeof value === 'string') return eventFrame({ data: value })
    if (isFrame(value)) {
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
      this.#wake = resolve
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
    this.#ready.push(flush)
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

  /** Closes the source, and ends what waits for it. */
  #leave(): void {
    this.#state = 'over'
    this.#ended?.cancel()
    this.#closing = closing(this.#items)
    this.#wake()
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

/** Until a signal aborts. By way of a wait: however many streams a signal ends, it has one listener. */
const forEver = (signal: AbortSignal): Wait<void> => sleep(Number.POSITIVE_INFINITY, { signal })

const eventFrame = (message: EventMessage): AnyFrame => data(encoder.encode(encodeEvent(message)))
