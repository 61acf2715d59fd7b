import { checkCount, checkInterval } from '@sluice/body/engine'

export interface WorkerPoolOptions {
  /** The most threads for functions, and the most for filters: 4 of each by default. They start when they are needed, and stay. */
  readonly threads?: number
  /** Requests and calls that may wait for a thread: 100 by default. One more is refused with 503. */
  readonly queue?: number
  /**
   * Milliseconds that a function may run: 30,000 by default. Then its thread is ended. Waits for its client do not count, nor the start of
   * its thread and the import of its module, which may take 30 s. A request or call that waits in the queue for `timeoutMs` is refused.
   */
  readonly timeoutMs?: number
  /** MiB of heap that a thread may use: 256 by default. A thread that needs more is ended. */
  readonly memoryMb?: number
}

export interface PoolLimits {
  readonly threads: number
  readonly queue: number
  readonly timeoutMs: number
  readonly memoryMb: number
}

/** @throws {RangeError} If a limit is not a valid number. */
export const poolLimits = ({
  threads = 4,
  queue = 100,
  timeoutMs = 30_000,
  memoryMb = 256,
}: WorkerPoolOptions): PoolLimits => ({
  threads: checkFinite('threads', threads),
  queue: checkCount('queue', queue, 0),
  timeoutMs: checkInterval('timeoutMs', timeoutMs),
  memoryMb: checkFinite('memoryMb', memoryMb),
})

const checkFinite = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new RangeError(`Cannot use ${name}: found ${value}, wanted a whole number of 1 or more`)
}
