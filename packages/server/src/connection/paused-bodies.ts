/** A body that pauses. */
export interface PausedBody {
  /** What it waited for has come. */
  resumed(): void
  /** What it waited for has failed. */
  pauseFailed(error: unknown): void
}

/**
 * The bodies that pause until the same promise, as those of a fan-out do.
 *
 * A promise that is waited for cannot be told to forget it. So it knows this and not the bodies: who leaves early is let go at
 * once, however long the promise lasts. Ten thousand that pause for one event cost 30 to 60 bytes each here, where to wait by itself
 * would cost each 250.
 */
export class PausedBodies {
  readonly #until: PromiseLike<unknown>
  readonly #bodies = new Set<PausedBody>()
  #waits = false

  /** Those that pause until `until`: one look is for the promise that was last asked for, since a table of all would cost more. */
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
    // A thenable that is no promise may call back more than once, or throw: a promise takes its first answer.
    Promise.resolve(this.#until).then(
      () => this.#tell((each) => each.resumed()),
      (error) => this.#tell((each) => each.pauseFailed(error)),
    )
  }

  /** Has a body wait no more. */
  leave(body: PausedBody): void {
    this.#bodies.delete(body)
  }

  /** Tells all, in the order in which they came. Who pauses until the same promise from now on waits for it anew. */
  #tell(tell: (body: PausedBody) => void): void {
    if (latest === this) latest = undefined
    for (const body of this.#bodies) {
      this.#bodies.delete(body)
      tell(body)
    }
  }
}

let latest: PausedBodies | undefined
