// What an engine is: a place that keeps logs, and registers with a time to live.
//
// A log is a row of records with sequence numbers 1, 2, 3 and so on, without holes. Old records are trimmed at its beginning, never in
// the middle. An engine does not look into records.
//
// An epoch is a stretch of the log in which nothing that was acknowledged has been lost. A log begins with an epoch of a new random
// name. If an engine may have lost its last records, as in a fail-over, it opens another one before it appends or reads: `from` of the
// new epoch is the sequence number after the last remaining one. Readers learn from it that records may be missing, and
// that a sequence number which they have read may have been given to another record.
//
// A register is one string with a time to live, which `swap` compares and sets. Leases are made of them.
//
// The hub names topics and registers by text of at most 1,024 bytes in UTF-8, without NUL. Different texts must never share a place.
//
// Calls may be made at any time and in any number. An engine that cannot be reached rejects `append`, `read`, `swap` and `remove`
// with its own error, soon: the hub decides whether to try again. `follow` does not reject while the connection is open; it tries
// again until it succeeds.

/** The engine of a hub. Two hubs that use the same engine, or engines of the same store, share topics. */
export interface Engine {
  /** For messages of errors: `memory`, `redis`. */
  readonly name: string
  /** Connects a hub, without waiting: the store need not be there yet. */
  connect(listener: EngineListener): EngineConnection
}

/** What an engine tells the hub. Calls of it do not throw. */
export interface EngineListener {
  /**
   * Records of a followed topic, in order and without holes since the last ones; or a new state without records, if an epoch was
   * opened. If records were trimmed before they could be given, `records` begins later.
   */
  arrived(topic: string, page: LogPage): void
  /** Following has failed. The engine tries again by itself. */
  failed(error: unknown): void
  /** Following goes on. */
  recovered(): void
}

/** One hub's use of an engine. */
export interface EngineConnection {
  /** Appends all records or none, in their order, then trims. */
  append(
    topic: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome>
  /** The oldest kept records after a sequence number; at least one, if there is any. */
  read(topic: string, after: number, limits: ReadLimits): Promise<LogPage>
  /** Begins to follow a topic. What is appended after `last` of the state is given to the listener. */
  follow(topic: string): Promise<LogState>
  unfollow(topic: string): void
  /**
   * Sets a register if it has the expected value, and returns the value that it had before. `undefined` means no value. The time
   * to live starts again. So `swap` with neither value reads.
   */
  swap(key: string, change: RegisterChange): Promise<string | undefined>
  /** Removes a log with all that belongs to it. */
  remove(topic: string): Promise<void>
  /** Frees all that the connection holds. Pending calls reject. Never closes a client that the user passed in. */
  close(): Promise<void>
}

export interface LogRecord {
  readonly seq: number
  readonly bytes: Uint8Array
}

export interface LogEpoch {
  /** Letters, digits, `-` and `_`; at most 64. */
  readonly id: string
  /** The sequence number of its first record. */
  readonly from: number
}

export interface LogState {
  /** From old to new; none if nothing was ever appended. Epochs of which nothing is kept may be left out, but not the last. */
  readonly epochs: readonly LogEpoch[]
  /** The sequence number of the oldest record that is kept; `last + 1` if none is. */
  readonly first: number
  /** The sequence number of the newest record; 0 if nothing was ever appended. */
  readonly last: number
  /** Whether the newest record was appended with `ends`. */
  readonly ended: boolean
}

export interface LogPage {
  readonly state: LogState
  readonly records: readonly LogRecord[]
}

/** How much of a log is kept. The newest record always is, until it is too old. */
export interface KeepLimits {
  readonly entries: number
  /** Bytes of records. */
  readonly bytes: number
  /** Milliseconds from the append of a record. */
  readonly ms: number
}

export interface AppendOptions {
  readonly keep: KeepLimits
  /** The last record ends the log: later appends are refused. */
  readonly ends?: boolean | undefined
  /** Appends only while this register has this value: a producer that has lost its lease must not go on. */
  readonly ifHeld?: { readonly key: string; readonly value: string } | undefined
}

export type AppendOutcome =
  /** `seq` is that of the first record. */
  | { readonly kind: 'appended'; readonly epoch: string; readonly seq: number }
  /** The log has ended. Nothing was appended. */
  | { readonly kind: 'ended' }
  /** The register of `ifHeld` has another value. Nothing was appended. */
  | { readonly kind: 'not held' }

export interface ReadLimits {
  readonly entries: number
  readonly bytes: number
}

export interface RegisterChange {
  readonly expected: string | undefined
  readonly next: string | undefined
  /** Milliseconds; needed with `next`. */
  readonly ttlMs?: number | undefined
}
