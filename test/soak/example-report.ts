/** What is open in the databases that a process uses. */
export interface DatabaseCounts {
  readonly connections: number
  readonly cursors: number
  readonly transactions: number
}

/** What a process of an example holds, after a garbage collection. */
export interface ExampleReport extends DatabaseCounts {
  readonly pid: number
  readonly heapUsed: number
  readonly external: number
  /** Handles, requests and timers that keep the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>
  /** Listeners of the process itself. */
  readonly listeners: number
  readonly unhandled: number
  readonly warnings: number
}
