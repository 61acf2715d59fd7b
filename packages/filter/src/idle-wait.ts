import { isPromiseLike } from '@sluice/body'
import type { AnyFrame, Pull } from '@sluice/body'
import type { Stage } from './stage.ts'

type Outcome = { readonly frame: AnyFrame | undefined } | { readonly error: unknown }

interface Waiter {
  resolve(frame: AnyFrame | undefined): void
  reject(error: unknown): void
}

/** What `pull` gives when a stage wants to be woken before the source has answered: see `due`. */
export const woken: AnyFrame = { kind: 'woken' }

/** A longer time-out would come at once. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Pulls a source behind stages that may want to be woken while it is quiet.
 *
 * The source's answer stays pending when a stage comes first, and is given by a later pull; the source is never asked
 * twice for one frame.
 */
export class IdleWait implements Pull<AnyFrame> {
  /** The index of the stage that wants to be woken, after `woken`. */
  due = 0
  readonly #source: Pull<AnyFrame>
  readonly #stages: readonly Stage[]
  /** When each stage wants to be woken, by `performance.now()`; a wake of one does not put off the others. */
  #dueAt: (number | undefined)[] = []
  #pending = false
  #outcome: Outcome | undefined
  #waiter: Waiter | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(source: Pull<AnyFrame>, stages: readonly Stage[]) {
    this.#source = source
    this.#stages = stages
  }

  pull(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    const outcome = this.#outcome
    if (outcome !== undefined) {
      this.#outcome = undefined
      if ('error' in outcome) throw outcome.error
      return outcome.frame
    }
    if (!this.#pending) {
      if (this.#dueAt.length > 0) this.#dueAt = []
      const answer = this.#source.pull()
      if (!isPromiseLike(answer)) return answer
      this.#pending = true
      answer.then(
        (frame) => this.#settle({ frame }),
        (error) => this.#settle({ error }),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#arm()
    })
  }

  /** Stops the clock; the source is closed by whoever gave it. */
  close(): void {
    clearTimeout(this.#timer)
  }

  /** What the source has answered and nobody has pulled. */
  get untaken(): AnyFrame | undefined {
    return this.#outcome !== undefined && 'frame' in this.#outcome ? this.#outcome.frame : undefined
  }

  #arm(): void {
    const now = performance.now()
    let first: number | undefined
    for (const [index, stage] of this.#stages.entries()) {
      const delayMs = stage.idleMs?.() ?? Number.POSITIVE_INFINITY
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
    if (first === undefined) return
    this.#timer = setTimeout(this.#wake, Math.min(Math.max(0, first - now), maxTimerMs))
  }

  readonly #wake = (): void => {
    this.#dueAt[this.due] = undefined
    this.#take()?.resolve(woken)
  }

  #settle(outcome: Outcome): void {
    this.#pending = false
    const waiter = this.#take()
    if (waiter === undefined) this.#outcome = outcome
    else if ('error' in outcome) waiter.reject(outcome.error)
    else waiter.resolve(outcome.frame)
  }

  #take(): Waiter | undefined {
    clearTimeout(this.#timer)
    const waiter = this.#waiter
    this.#waiter = undefined
    return waiter
  }
}
