import { timerMs } from '@sluice/body/engine'
import { Tinypool } from 'tinypool'
import { died, RunningTask, thrownBy } from './running-task.ts'
import type { PoolLimits } from '../pool-options.ts'
import type { Task } from '../task.ts'
import type { KillSwitch } from './kill-switch.ts'
import type { Running } from './running-task.ts'

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
