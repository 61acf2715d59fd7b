import { observePause, timerMs } from '@sluice/body/engine'
import { lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { Stage } from './stage.ts'

type Outcome = { readonly frame: AnyFrame | undefined } | { readonly error: unknown }

interface Waiter {
  resolve(frame: AnyFrame | undefined): void
  reject(error: unknown): void
}

/** What `next` gives if a stage is to be woken before the source has answered: `due` says which. */
export const woken: AnyFrame = { kind: 'woken' }

/**
 * The wait for one answer of a source, behind stages that want to be woken while it is quiet.
 *
 * If a stage comes first, the answer stays pending and a later `next` gives it; the source is never asked twice for one
 * frame. It exists only during a wait: a body that holds nothing needs no memory for this and a timer.
 */
export class IdleWait {
  /** After `woken`: the index of the stage that is to be woken. */
  due = 0
  readonly #answer: PromiseLike<AnyFrame | undefined>
  readonly #stages: readonly Stage[]
  /** When each stage is to be woken, by `performance.now()`; waking one does not delay the others. */
  readonly #dueAt: (number | undefined)[]
  #delayMs: number | undefined
  #outcome: Outcome | undefined
  /** Whether the promise of the answer itself was given: the answer must then not be given again. */
  #isGiven = false
  #isClosed = false
  #waiter: Waiter | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  private constructor(answer: PromiseLike<AnyFrame | undefined>, stages: readonly Stage[]) {
    this.#answer = answer
    this.#stages = stages
    this.#dueAt = stages.map(() => undefined)
    this.#delayMs = this.#askAll()
  }

  /** `undefined` if no stage wants to be woken: the answer can be awaited as it is. */
  static on(
    answer: PromiseLike<AnyFrame | undefined>,
    stages: readonly Stage[],
  ): IdleWait | undefined {
    let wait: IdleWait
    try {
      wait = new IdleWait(answer, stages)
    } catch (error) {
      answer.then(lose, () => {})
      throw error
    }
    if (wait.#delayMs === undefined) return undefined
    answer.then(
      (frame) => wait.#settle({ frame }),
      (error) => wait.#settle({ error }),
    )
    return wait
  }

  next(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    const outcome = this.#outcome
    if (outcome !== undefined) {
      this.#outcome = undefined
      if ('error' in outcome) throw outcome.error
      return outcome.frame
    }
    const delayMs = this.#delayMs ?? this.#askAll()
    this.#delayMs = undefined
    if (delayMs === undefined) {
      // No stage holds anything, and the wait may be long: without another promise it takes less memory.
      this.#isGiven = true
      return this.#answer
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#timer = setTimeout(this.#wake, delayMs)
    })
  }

  /** Stops the timer, and disposes of an answer that was not taken, or is still to come. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    if (this.#outcome !== undefined) this.#leave(this.#outcome)
  }

  #leave(outcome: Outcome): void {
    if ('frame' in outcome) lose(outcome.frame)
  }

  /** Milliseconds until the first stage is due; `undefined` if none wants to be woken. */
  #askAll(): number | undefined {
    const now = performance.now()
    let first: number | undefined
    for (const [index, stage] of this.#stages.entries()) {
      const delayMs = stage.idleMs() ?? Number.POSITIVE_INFINITY
      if (delayMs === Number.POSITIVE_INFINITY) {
        this.#dueAt[index] = undefined
        continue
      }
      const at = Math.min(this.#dueAt[index] ?? Number.POSITIVE_INFINITY, now + delayMs)
      this.#dueAt[index] = at
      if (first !== undefined && at >= first) continue
      first = at
      this.due = index
    }
    return first === undefined ? undefined : timerMs(first - now)
  }

  readonly #wake = (): void => {
    this.#dueAt[this.due] = undefined
    this.#take()?.resolve(woken)
  }

  #settle(outcome: Outcome): void {
    if (this.#isGiven) return
    const waiter = this.#take()
    if (waiter === undefined && this.#isClosed) this.#leave(outcome)
    else if (waiter === undefined) this.#hold(outcome)
    else if ('error' in outcome) waiter.reject(outcome.error)
    else waiter.resolve(outcome.frame)
  }

  #hold(outcome: Outcome): void {
    this.#outcome = outcome
    if ('frame' in outcome && outcome.frame !== undefined) observePause(outcome.frame)
  }

  #take(): Waiter | undefined {
    clearTimeout(this.#timer)
    // A timer that has fired or was cleared would still take memory.
    this.#timer = undefined
    const waiter = this.#waiter
    this.#waiter = undefined
    return waiter
  }
}
