import { checkCount, checkInterval, checkOptions } from '@sluice/body/engine'

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

/**
 * @throws {TypeError} If the options are not an object.
 * @throws {RangeError} If a limit is not a valid number.
 */
export const poolLimits = (options: WorkerPoolOptions): PoolLimits => {
  checkOptions(options)
  const { threads = 4, queue = 100, timeoutMs = 30_000, memoryMb = 256 } = options
  return {
    threads: checkFinite('threads', threads),
    queue: checkCount('queue', queue, 0),
    timeoutMs: checkInterval('timeoutMs', timeoutMs),
    memoryMb: checkFinite('memoryMb', memoryMb),
  }
}

const limitNames = ['threads', 'queue', 'timeoutMs', 'memoryMb'] as const

/**
 * Refuses the limits of a pool beside a pool that has its own: they would be ignored silently.
 *
 * @throws {TypeError} At the first one.
 */
export const refuseLimits = (options: WorkerPoolOptions): void => {
  for (const name of limitNames) {
    if (options[name] === undefined) continue
    throw new TypeError(
      `Cannot use ${name}: found a pool that is there already, wanted the option in workerPool()`,
    )
  }
}

const checkFinite = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new RangeError(`Cannot use ${name}: found ${value}, wanted a whole number of 1 or more`)
}
