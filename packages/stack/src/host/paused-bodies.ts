import { whenSettled } from './when-settled.ts'

/** A body that pauses. An object and not a callback, since a closure for each paused connection takes memory. */
export interface PausedBody {
  /** The promise of its pause has fulfilled, or rejected with the error in `failure`. */
  pauseEnded(failure: { readonly error: unknown } | undefined): void
}

/**
 * The bodies that pause until the same promise, as those of a fan-out do.
 *
 * A promise cannot be told to forget a listener. So it knows this set and not the bodies. A body that leaves early is freed
 * at once, however long the promise lasts. This also takes less memory than a listener for each body.
 */
export class PausedBodies {
  readonly #until: PromiseLike<unknown>
  readonly #bodies = new Set<PausedBody>()
  #waits = false

  /** Those that pause until `until`. Only the promise asked for last is remembered, since a table of all would cost more. */
  static on(until: PromiseLike<unknown>): PausedBodies {
    if (latest === undefined || latest.#until !== until) latest = new PausedBodies(until)
    return latest
  }

  private constructor(until: PromiseLike<unknown>) {
    this.#until = until
  }

  /** Makes a body wait. */
  join(body: PausedBody): void {
    this.#bodies.add(body)
    if (this.#waits) return
    this.#waits = true
    whenSettled(
      this.#until,
      () => this.#end(undefined),
      (error) => this.#end({ error }),
    )
  }

  /** The body no longer waits. */
  leave(body: PausedBody): void {
    this.#bodies.delete(body)
  }

  /** Tells all bodies, in the order in which they came. Those that pause until the same promise from now on wait for it anew. */
  #end(failure: { readonly error: unknown } | undefined): void {
    if (latest === this) latest = undefined
    for (const body of this.#bodies) {
      this.#bodies.delete(body)
      body.pauseEnded(failure)
    }
  }
}

let latest: PausedBodies | undefined
