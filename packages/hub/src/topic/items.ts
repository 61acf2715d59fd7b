/**
 * One entry of a topic.
 *
 * All readers of a process get the same object: do not change it, or its value.
 */
export interface Entry<T = unknown> {
  readonly kind: 'entry'
  /** Opaque and ordered: pass it to `read` as `after` to continue after this entry. Letters, digits, `-`, `_` and a dot. */
  readonly id: string
  readonly value: T
}

/** Stands in for entries that are lost. The reader continues after them. */
export interface Gap {
  readonly kind: 'gap'
  readonly gap: {
    /**
     * - `trimmed`: they were removed by `keep`, or the log was removed.
     * - `failover`: the engine may have lost them.
     * - `unknown`: the reader began with an id that is invalid, not of this log, or newer than its newest entry. All kept entries follow.
     * - `slow`: the reader was too slow, and has the policy `skip`.
     */
    readonly reason: 'trimmed' | 'failover' | 'unknown' | 'slow'
    /** The id that the reader was at; `undefined` if it had none, or an invalid one. */
    readonly after: string | undefined
    /** The id after which it continues; `undefined` if there are no entries yet. */
    readonly to: string | undefined
  }
}

/** The end of a topic: nothing is appended after it. */
export interface End {
  readonly kind: 'end'
  readonly id: string
  /** `finished`: the source ended. `stopped`: `stop` was called. `failed`: the source failed. */
  readonly how: 'finished' | 'stopped' | 'failed'
  /** What `stop` was given. */
  readonly reason: string | undefined
}

/** What a reader of a topic gets. */
export type Item<T = unknown> = Entry<T> | Gap | End
