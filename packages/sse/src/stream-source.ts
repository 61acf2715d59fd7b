import { isPause } from '@sluice/body'
import { pullThen } from '@sluice/body/engine'
import type { AnyFrame, Pause } from '@sluice/body'
import type { Pull, Pulled, PullNext } from '@sluice/body/engine'
import type { ItemEncoder } from './log-item.ts'

/**
 * The source of an event stream. Its pauses do not reject: the next pull throws instead, so that the client gets the error event
 * first.
 */
export class StreamSource {
  readonly #pull: Pull<AnyFrame>
  readonly #encode: ItemEncoder
  #endPause: (() => void) | undefined
  #pauseFailed: { readonly error: unknown } | undefined
  #isClosed = false
  #closing: PromiseLike<void> | undefined

  constructor(pull: Pull<AnyFrame>, encode: ItemEncoder) {
    this.#pull = pull
    this.#encode = encode
  }

  /** Whether a burst is over as soon as a pull has to wait. */
  get isPrompt(): boolean {
    return this.#pull.isPrompt === true
  }

  pullThen(next: PullNext<AnyFrame>): Pulled<AnyFrame> {
    if (this.#pauseFailed !== undefined) throw this.#pauseFailed.error
    return pullThen(this.#pull, next)
  }

  /** The frame to pass on. Call it as soon as the frame arrives. Throws if an item of a log cannot be encoded. */
  leaving(frame: AnyFrame | undefined): AnyFrame | undefined {
    if (frame === undefined) return undefined
    return isPause(frame) ? this.#quietPause(frame) : this.#encode(frame)
  }

  /** Closes the source, and ends its pause. An error of closing reaches only callers that await it. */
  close(): PromiseLike<void> | undefined {
    if (this.#isClosed) return this.#closing
    this.#isClosed = true
    this.#closing = closing(this.#pull)
    this.#endPause?.()
    return this.#closing
  }

  #quietPause({ until }: Pause): Pause {
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
}

const closing = (source: Pull<AnyFrame>): PromiseLike<void> | undefined => {
  const quiet = (closed: PromiseLike<void>) => {
    closed.then(undefined, () => {})
    return closed
  }
  try {
    const closed = source.close()
    return closed === undefined ? undefined : quiet(closed)
  } catch (error) {
    return quiet(Promise.reject(error))
  }
}
