import { propertyOf, runNextTurn, timerMs } from '@sluice/body/engine'
import { Tinypool } from 'tinypool'
import { cell } from '../channel/channel.ts'
import { blockingError } from '../errors.ts'
import { KillSwitch } from './kill-switch.ts'
import type { HttpError } from '@sluice/stack'
import type { PoolLimits } from '../pool-options.ts'
import type { Task } from '../task.ts'

/** A task that runs on a thread. */
export interface Running {
  /** What the task returned. Rejects with a coded error if its thread has died, or was ended with a reason. */
  readonly result: Promise<unknown>
  /** Ends the thread, whatever it does. */
  kill(reason: HttpError): void
}

type Thread = Tinypool['threads'][number]

/** The threads of a pool. Tinypool starts, keeps and ends them; this knows why one has ended. */
export class Threads {
  readonly #pool: Tinypool
  readonly #tasks = new Set<RunningTask>()
  readonly #watched = new WeakSet<Thread>()

  constructor({ threads, memoryMb }: PoolLimits) {
    this.#pool = new Tinypool({
      filename: import.meta.resolve('@sluice/blocking/worker'),
      name: 'runTask',
      minThreads: 1,
      maxThreads: threads,
      // An idle thread stays.
      idleTimeout: timerMs(Number.POSITIVE_INFINITY),
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    })
    // A thread that fails before it has begun a task: tinypool would never settle the task.
    this.#pool.on('error', (error) => {
      for (const each of this.#tasks) if (each.threadId === 0) each.kill(died(error))
    })
  }

  run(task: Task): Running {
    const running = new RunningTask(task, this.#pool)
    this.#tasks.add(running)
    const over = () => void this.#tasks.delete(running)
    running.result.then(over, over)
    for (const thread of this.#pool.threads) this.#watch(thread)
    return running
  }

  destroy(): Promise<void> {
    return this.#pool.destroy()
  }

  /** Tinypool does not hear of a thread that ends without an error, as by `process.exit()`. */
  #watch(thread: Thread): void {
    if (this.#watched.has(thread)) return
    this.#watched.add(thread)
    const id = thread.threadId
    // Later, since an error of the thread comes with its exit and says more.
    thread.once('exit', (code: unknown) => runNextTurn(() => this.#exited(id, code)))
  }

  #exited(threadId: number, code: unknown): void {
    for (const each of this.#tasks)
      if (each.threadId === threadId)
        each.kill(died(undefined, `its thread has exited with code ${code}`))
  }
}

class RunningTask implements Running {
  readonly result: Promise<unknown>
  readonly #cells: Int32Array
  readonly #switch = new KillSwitch()
  #reason: HttpError | undefined

  constructor(task: Task, pool: Tinypool) {
    this.#cells = new Int32Array(task.memory, 0, 16)
    this.result = pool.run(task, { signal: this.#switch }).catch((error: unknown) => {
      throw this.#reason ?? thrownBy(error)
    })
  }

  /** 0 until a thread has begun it. */
  get threadId(): number {
    return Atomics.load(this.#cells, cell.thread)
  }

  kill(reason: HttpError): void {
    this.#reason ??= reason
    this.#switch.throw()
  }
}

const thrownBy = (error: unknown): HttpError =>
  propertyOf(error, 'name') === 'DataCloneError'
    ? blockingError('VALUE_NOT_CLONEABLE', 'Cannot pass a value between threads', { cause: error })
    : died(error)

const died = (cause: unknown, found = 'its thread has ended by an error'): HttpError =>
  blockingError('WORKER_DIED', `Cannot run the blocking function: ${found}`, { cause })
