import { isObject, propertyOf, sluiceError, timerMs } from '@sluice/body/engine'
import { Tinypool } from 'tinypool'
import { cell } from '../channel/channel.ts'
import { cloneFailure } from '../clone-failure.ts'
import { blockingError, isCloneError, notCloneable } from '../errors.ts'
import { KillSwitch } from './kill-switch.ts'
import { warnUnheard } from './warn-unheard.ts'
import type { HttpError } from '@sluice/stack'
import type { PoolLimits } from '../pool-options.ts'
import type { Task, TaskResult } from '../task.ts'

/** A task that runs on a thread. */
export interface Running {
  /** What the task returned. Rejects with a coded error if its thread has died, or was ended with a reason. */
  readonly result: Promise<unknown>
  /** Fulfils when the task occupies no thread any more: one that was ended may be in a native call, which ends first. */
  readonly over: Promise<void>
  /** Ends the thread, whatever it does. The result then rejects with the reason. */
  kill(reason: unknown): void
}

type Thread = Tinypool['threads'][number]

/** Milliseconds until a thread is told again to end; then twice as many, and so on. */
const againMs = 100

/** More would not help: what a thread then does is native. Each adds a listener to it. */
const maxAttempts = 5

interface Living {
  readonly thread: Thread
  readonly end: Promise<void>
}

/**
 * The threads of a pool. Tinypool starts, keeps and ends them, and gives each one task at a time. This adds what it does not know: why a
 * thread has ended, that it has ended by `process.exit()`, and when it is really over.
 */
export class Threads {
  readonly #pool: Tinypool
  readonly #tasks = new Set<RunningTask>()
  /** Threads that have not ended, by their ids. */
  readonly #living = new Map<number, Living>()

  constructor({ threads, memoryMb }: PoolLimits) {
    this.#pool = new Tinypool({
      filename: import.meta.resolve('@sluice/blocking/worker'),
      name: 'runTask',
      // Not 1: tinypool would start the next thread where it hears of a dead one, and nobody could catch its error there.
      minThreads: 0,
      maxThreads: threads,
      // An idle thread stays.
      idleTimeout: timerMs(Number.POSITIVE_INFINITY),
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    })
    this.#pool.on('error', (error) => this.#refuseQueued(error))
  }

  run(task: Task): Running {
    const running = new RunningTask(
      task,
      (ending) => this.#start(task, ending),
      (threadId) => this.#endOf(threadId),
    )
    this.#tasks.add(running)
    running.over.then(() => this.#tasks.delete(running))
    return running
  }

  #start(task: Task, signal: KillSwitch): Promise<unknown> {
    const transferList = task.kind === 'filters' ? [task.port] : []
    const result = this.#pool.run(task, { signal, transferList })
    for (const thread of this.#pool.threads) this.#watch(thread)
    return result
  }

  /** Ends all threads, and waits until they have ended. */
  async destroy(): Promise<void> {
    await Promise.all([this.#pool.destroy(), ...Array.from(this.#living.values(), ended)])
  }

  #watch(thread: Thread): void {
    const id = thread.threadId
    if (this.#living.has(id)) return
    const end = new Promise<void>((resolve) => {
      thread.once('exit', (code: unknown) => {
        this.#living.delete(id)
        this.#exited(thread, code)
        resolve()
      })
    })
    const living: Living = { thread, end }
    this.#living.set(id, living)
    // An error that comes while it has no task.
    thread.once('error', () => void ended(living))
  }

  /** Tinypool does not hear of a thread that ends without an error, as by `process.exit()`: it would give it more tasks. */
  #exited(thread: Thread, code: unknown): void {
    if (!this.#pool.threads.includes(thread)) return
    thread.emit('error', died(undefined, `its thread has exited with code ${code}`))
  }

  /** The end of a thread that tinypool uses no longer. */
  async #endOf(threadId: number): Promise<void> {
    const found = this.#living.get(threadId)
    if (found !== undefined && !this.#pool.threads.includes(found.thread)) await ended(found)
  }

  /** A thread has failed before it took a task: tinypool would let tasks wait until another thread is free, or for ever. */
  #refuseQueued(error: unknown): void {
    for (const each of this.#tasks) {
      if (this.#pool.queueSize === 0) return
      if (each.threadId === 0) each.kill(thrownBy(error))
    }
  }
}

/**
 * Waits for the end of a thread that tinypool has told to end. It is told again and again: a thread that was about to sleep in
 * `Atomics.wait` may miss it.
 */
const ended = async ({ thread, end }: Living): Promise<void> => {
  let attempts = 0
  const again = () => {
    attempts++
    void thread.terminate()
    if (attempts < maxAttempts) timer = setTimeout(again, againMs * 2 ** attempts).unref()
  }
  let timer = setTimeout(again, againMs).unref()
  await end
  clearTimeout(timer)
}

/** Gives the task to a thread. */
type Start = (signal: KillSwitch) => Promise<unknown>

class RunningTask implements Running {
  readonly result: Promise<unknown>
  readonly over: Promise<void>
  readonly #cells: Int32Array
  readonly #switch = new KillSwitch()
  #killed: { readonly reason: unknown } | undefined

  constructor(task: Task, start: Start, endOf: (threadId: number) => Promise<void>) {
    this.#cells = new Int32Array(task.memory, 0, 16)
    this.result = this.#run(task, start)
    this.over = this.result.then(
      () => {},
      () => endOf(this.threadId),
    )
  }

  async #run(task: Task, start: Start): Promise<unknown> {
    try {
      return await this.#attempt(task, start)
    } catch (error) {
      if (!this.#mayTryAgain(task, error)) throw error
      // What an earlier function left running has ended the thread, before it began this call.
      warnUnheard(error)
      return this.#attempt(task, start)
    }
  }

  async #attempt(task: Task, start: Start): Promise<unknown> {
    try {
      const found = await start(this.#switch)
      if (isTaskResult(found)) return found.result
      // Tinypool takes an error of `null` for none.
      throw found
    } catch (error) {
      // Tinypool throws at the call, and forgets the task, if a thread cannot be made.
      this.#switch.off()
      if (this.#killed !== undefined) throw this.#killed.reason
      throw this.#hasCrossed(task) ? thrownBy(error) : notCloneable(crossing, error)
    }
  }

  /** Whether the task has come to a thread, or could have. A getter of what was given may throw anything. */
  #hasCrossed(task: Task): boolean {
    if (this.threadId !== 0 || task.kind === 'filters') return true
    return cloneFailure(task.given) === undefined
  }

  #mayTryAgain(task: Task, error: unknown): boolean {
    if (this.#killed !== undefined || this.threadId !== 0 || task.kind !== 'call') return false
    return propertyOf(error, 'code') === 'WORKER_DIED'
  }

  /** 0 until a thread has begun it. */
  get threadId(): number {
    return Math.abs(Atomics.load(this.#cells, cell.thread))
  }

  kill(reason: unknown): void {
    this.#killed ??= { reason }
    this.#switch.throw()
  }
}

const isTaskResult = (found: unknown): found is TaskResult => isObject(found) && 'result' in found

const thrownBy = (error: unknown): unknown => {
  if (isObject(error) && sluiceError in error) return error
  return isCloneError(error) ? notCloneable(crossing, error) : died(error)
}

const crossing = 'pass a value to the function'

const died = (cause: unknown, found = 'its thread has ended by an error'): HttpError =>
  blockingError('WORKER_DIED', `Cannot run the blocking function: ${found}`, { cause })
