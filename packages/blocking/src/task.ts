/** The head of a request as it crosses to a worker. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1' | '2' | '3'
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly address: string
  readonly port: number
}

/** What the loop gives a worker to do. `memory` is that of the channel between them. */
export interface Task {
  readonly kind: 'respond' | 'call' | 'filter'
  /** The URL of the module that exports the function, and the name of the export. */
  readonly module: string
  readonly exportName: string
  readonly memory: SharedArrayBuffer
  /** Milliseconds for which the function may wait for its client at once. */
  readonly idleTimeoutMs: number
  /** Of `respond`. */
  readonly request?: RequestHead
  /** A clone of what the caller gave: `values` of `respond`, the argument of the others. */
  readonly given: unknown
}
