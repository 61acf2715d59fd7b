import type { MessagePort } from 'node:worker_threads'

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

/** The function that a worker runs. */
export interface FunctionName {
  /** The URL of the module that exports it, and the name of the export. */
  readonly module: string
  readonly exportName: string
}

/** A function, and the memory that it shares with the loop: cells, and perhaps rings behind them. */
export interface FunctionOnThread extends FunctionName {
  readonly memory: SharedArrayBuffer
}

/** A request that a worker answers. `memory` is that of the channel. */
export interface RespondTask extends FunctionOnThread {
  readonly kind: 'respond'
  /** Milliseconds for which the function may wait for its client at once. */
  readonly idleTimeoutMs: number
  readonly request: RequestHead
  /** A clone of the values that the caller gave. */
  readonly given: unknown
}

/** One call of a function. `memory` has only the cells. */
export interface CallTask extends FunctionOnThread {
  readonly kind: 'call'
  /** A clone of the argument. */
  readonly given: unknown
}

/** Filters of bodies, which a worker serves in turns until the port closes. `memory` has only the cells. */
export interface FiltersTask {
  readonly kind: 'filters'
  readonly memory: SharedArrayBuffer
  /** Brings a `FilterStart` for each body. */
  readonly port: MessagePort
}

/** One body that is filtered. `memory` is that of its channel. */
export interface FilterStart extends FunctionOnThread {
  /** A clone of the values that the caller gave. */
  readonly given: unknown
}

/** What a call has come to: a value, or the bytes of an error record. */
export type CallResult = { readonly value: unknown } | { readonly error: Uint8Array }

/** What the loop gives a worker to do. */
export type Task = RespondTask | CallTask | FiltersTask

/** What a thread gives for a task that has come to its end. */
export interface TaskResult {
  readonly result: unknown
}
