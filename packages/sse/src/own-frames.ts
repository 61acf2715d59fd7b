import { flush } from '@sluice/flush'
import { eventFrame } from './event-frame.ts'
import type { AnyFrame } from '@sluice/body'
import type { EventMessage } from './message.ts'

export interface OwnFramesOptions {
  readonly retryMs: number | undefined
  readonly errorEvent: (error: unknown) => EventMessage | undefined
}

/** The frames that an event stream adds: first a flush for the head, last the event of a failure. */
export class OwnFrames {
  readonly #errorEvent: OwnFramesOptions['errorEvent']
  /** Sent next, and a flush after it. */
  #event: AnyFrame | undefined
  /** True at the start, to send the head: a client waits for it. */
  #flushDue = true

  constructor({ retryMs, errorEvent }: OwnFramesOptions) {
    this.#errorEvent = errorEvent
    if (retryMs !== undefined) this.#event = eventFrame({ retry: retryMs })
  }

  /** The next frame to send before the source is pulled, if there is one. */
  next(): AnyFrame | undefined {
    const event = this.#event
    this.#event = undefined
    if (event !== undefined || !this.#flushDue) return event
    this.#flushDue = false
    return flush
  }

  /** Adds the event for the client about an error. Returns whether there is one: if not, the stream fails at once. */
  fail(error: unknown): boolean {
    this.#event = this.#errorFrame(error)
    this.#flushDue = this.#event !== undefined
    return this.#flushDue
  }

  #errorFrame(error: unknown): AnyFrame | undefined {
    try {
      const message = this.#errorEvent(error)
      return message === undefined ? undefined : eventFrame(message)
    } catch {
      // The reader gets the first error.
      return undefined
    }
  }
}
