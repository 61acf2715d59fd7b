import { checkDelay, checkOptions, foundIn, isObject, onAbort, timerMs } from '@sluice/body/engine'
import { functionInputBytes, ringBytes } from './channel/channel.ts'
import { blockingError } from './errors.ts'
import { FilterThreads } from './loop/filter-threads.ts'
import { Memories } from './loop/memories.ts'
import { runTimer } from './loop/run-timer.ts'
import { Slots } from './loop/slots.ts'
import { Threads } from './loop/threads.ts'
import { poolLimits } from './pool-options.ts'
import type { HttpError } from '@sluice/stack'
import type { PoolLimits, WorkerPoolOptions } from './pool-options.ts'
import type { CallResult, CallTask, Task } from './task.ts'

// How a request comes to a thread and back:
//
// 1. The handler of `blocking()` takes a slot: the right to use one of the pool's threads, at once or after a wait in the queue (`Slots`).
// 2. A `Job` takes memory for two rings (`Memories`; the theory is in channel/channel.ts). `InputPump` waits for the first read.
// 3. `ThreadPool.run` gives the task to a free thread (`Threads`). `runTimer` ends that thread if the function runs for too long.
// 4. On the thread `runTask` (worker/index.ts) imports the module, and `respond` calls its function. `RingInput` and `RingOutput` are what
//    the function reads and writes; there it may block.
// 5. The `Job` resolves with the head of the response, and is its body.
// 6. The slot is free again when the thread is: after the response, or after the end of a thread that was ended.
//
// `run()` does the same without rings: its argument and its result are clones. `inWorker()` has threads of its own kind, which serve many
// bodies in turns: see loop/filter-pull.ts. They have slots of their own: a function may wait for a filter around it, but a filter waits
// for no function, so it needs no thread that a function could hold.

export interface CloseWorkersOptions {
  /** Milliseconds in which functions may end by themselves: 10,000 by default. Then their threads are ended. */
  readonly graceMs?: number
}

/** Worker threads that several handlers and calls share. */
export interface WorkerPool extends AsyncDisposable {
  /** Threads in use: each runs a function, or serves filters. */
  readonly running: number
  /** What waits for a thread: requests, calls, and filters whose threads have not ended yet. */
  readonly queued: number
  /**
   * Refuses new work, and what is queued, with `WORKER_BUSY`; waits for what runs; and ends all threads.
   *
   * @throws {RangeError} At the call, if `graceMs` is not a valid number.
   */
  close(options?: CloseWorkersOptions): Promise<void>
}

/**
 * Makes a pool of worker threads.
 *
 * Threads start when they are needed, and stay until the pool is closed. Idle threads do not keep the process alive.
 *
 * @throws {RangeError} At the call, if a limit is not a valid number.
 *
 * @example
 * import { blocking, workerPool } from '@sluice/blocking'
 *
 * const pool = workerPool({ threads: 2 })
 * export const reports = blocking(new URL('./reports.js', import.meta.url), { pool })
 * export const imports = blocking(new URL('./imports.js', import.meta.url), { pool })
 * await pool.close()
 */
export const workerPool = (options: WorkerPoolOptions = {}): WorkerPool =>
  new ThreadPool(poolLimits(options))

export interface RunLimits {
  /** Milliseconds; the pool's `timeoutMs` by default. */
  readonly timeoutMs?: number | undefined
  /** Ends the thread, whatever it does. */
  readonly signal?: AbortSignal | undefined
}

/** What the functions of this package use of a pool. */
export class ThreadPool implements WorkerPool {
  readonly #limits: PoolLimits
  readonly #slots: Slots
  readonly #filterSlots: Slots
  readonly memories: Memories = new Memories(functionInputBytes)
  readonly filterMemories: Memories = new Memories(ringBytes)
  #threads: Threads | undefined
  #filters: FilterThreads | undefined
  #closed: Promise<void> | undefined

  constructor(limits: PoolLimits) {
    this.#limits = limits
    const slots = { ...limits, slots: limits.threads, each: 'thread' }
    this.#slots = new Slots({ ...slots, busy })
    // At most one thread is waited for, by all bodies together: see `FilterThreads`.
    this.#filterSlots = new Slots({ ...slots, queue: 1, busy: filtersBusy })
  }

  get timeoutMs(): number {
    return this.#limits.timeoutMs
  }

  get hasFreeFilterThread(): boolean {
    return this.#filterSlots.taken < this.#limits.threads
  }

  /** The threads that serve filters. */
  get filters(): FilterThreads {
    this.#filters ??= new FilterThreads(this)
    return this.#filters
  }

  get running(): number {
    return this.#slots.taken + this.#filterSlots.taken
  }

  get queued(): number {
    return this.#slots.queued + this.#filterSlots.queued
  }

  /** Takes a slot, which `run` gives back. See `Slots.take`. */
  enter(signal: AbortSignal | undefined, timeoutMs?: number): void | Promise<void> {
    return this.#slots.take(signal, timeoutMs)
  }

  /** As `enter`, for a task that serves filters. */
  enterFilters(signal: AbortSignal): void | Promise<void> {
    return this.#filterSlots.take(signal)
  }

  /** Runs a task on a free thread; the caller has entered. The slot is free again when its thread is. */
  run(task: CallTask, limits?: RunLimits): Promise<CallResult>
  run(task: Task, limits?: RunLimits): Promise<unknown>
  run(
    task: Task,
    { timeoutMs = this.#limits.timeoutMs, signal }: RunLimits = {},
  ): Promise<unknown> {
    this.#threads ??= new Threads({ ...this.#limits, threads: this.#limits.threads * 2 })
    const slots = task.kind === 'filters' ? this.#filterSlots : this.#slots
    const running = this.#threads.run(task)
    const stop = runTimer(new Int32Array(task.memory), timeoutMs, (found) =>
      running.kill(timedOut(found)),
    )
    const stopListening = signal && onAbort(signal, (reason) => running.kill(reason))
    // It may have aborted while the slot was on its way.
    if (signal?.aborted) running.kill(signal.reason)
    running.over.then(() => {
      stop()
      stopListening?.()
      slots.leave()
    })
    return running.result
  }

  close(options: CloseWorkersOptions = {}): Promise<void> {
    checkOptions(options)
    const { graceMs = 10_000 } = options
    checkDelay('graceMs', graceMs)
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(graceMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timerMs(graceMs))
    })
    await Promise.race([Promise.all([this.#slots.close(), this.#filterSlots.close()]), grace])
    clearTimeout(timer)
    await this.#threads?.destroy()
  }
}

/**
 * The pool that a caller gave, or the one that is shared by calls and filters without a pool.
 *
 * @throws {TypeError} If it was not made by `workerPool()`.
 */
export const threadPoolOf = (pool: WorkerPool | undefined): ThreadPool => {
  if (pool === undefined) {
    shared ??= new ThreadPool(poolLimits({}))
    return shared
  }
  if (isThreadPool(pool)) return pool
  throw new TypeError(`Cannot use the pool: found ${foundIn(pool)}, wanted one of workerPool()`)
}

/** Never closed: its idle threads do not keep the process alive. */
let shared: ThreadPool | undefined

const isThreadPool = (pool: WorkerPool): pool is ThreadPool => isObject(pool) && 'enter' in pool

const timedOut = (found: string) =>
  blockingError('WORKER_TIMEOUT', `Cannot finish the blocking function: found ${found}`)

/** RFC 9110 section 15.6.4: a 503 may say when to try again. One second is the smallest value. */
const busyWith =
  (act: string) =>
  (found: string): HttpError =>
    blockingError('WORKER_BUSY', `Cannot ${act}: ${found}`, { headers: { 'retry-after': '1' } })

const busy = busyWith('run the blocking function')
const filtersBusy = busyWith('filter the body')
