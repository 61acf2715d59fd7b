import { isObject, propertyOf, sluiceError } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'
import { cloneFailure } from '../clone-failure.ts'
import { blockingError, isCloneError, notCloneable } from '../errors.ts'
import { KillSwitch } from './kill-switch.ts'
import { warnUnheard } from './warn-unheard.ts'
import type { HttpError } from '@sluice/stack'
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

/** Gives the task to a thread. */
type Start = (signal: KillSwitch) => Promise<unknown>

/** A task from the moment in which it is given to tinypool. */
export class RunningTask implements Running {
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

/** The error of a task whose thread has thrown, or has ended by what it threw. */
export const thrownBy = (error: unknown): unknown => {
  if (isObject(error) && sluiceError in error) return error
  return isCloneError(error) ? notCloneable(crossing, error) : died(error)
}

const crossing = 'pass a value to the function'

export const died = (cause: unknown, found = 'its thread has ended by an error'): HttpError =>
  blockingError('WORKER_DIED', `Cannot run the blocking function: ${found}`, { cause })
