import { onAbort, timerMs } from '@sluice/body/engine'
import type { HttpError } from '@sluice/stack'

export interface SlotLimits {
  readonly slots: number
  /** How many may wait. */
  readonly queue: number
  /** Milliseconds of the longest wait. */
  readonly timeoutMs: number
  /** What a slot is for, in messages: `thread`. */
  readonly each: string
  /** Makes the error of what is refused; `found` is the reason. */
  readonly busy: (found: string) => HttpError
}

interface Queued {
  readonly go: () => void
  readonly refuse: (reason: unknown) => void
}

/** A limited number of rights, to use a thread of a pool or to run a program. One is taken at once, or after a wait in the queue. */
export class Slots {
  readonly #limits: SlotLimits
  readonly #queued = new Set<Queued>()
  #taken = 0
  #isClosed = false
  #emptied: (() => void) | undefined

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#taken
  }

  get queued(): number {
    return this.#queued.size
  }

  /**
   * Takes a slot, at once if one is free.
   *
   * @throws {HttpError} That of `busy`, if the queue is full, the wait is too long, or the pool closes; the reason of the signal if it aborts.
   */
  take(
    signal: AbortSignal | undefined,
    timeoutMs: number = this.#limits.timeoutMs,
  ): void | Promise<void> {
    signal?.throwIfAborted()
    const { slots, queue, each, busy } = this.#limits
    if (this.#isClosed) throw busy('the pool is closed')
    if (this.#taken < slots) {
      this.#taken++
      return
    }
    if (this.#queued.size >= queue)
      throw busy(`${slots} ${each}s are in use and ${this.#queued.size} wait for one`)
    return this.#wait(signal, timeoutMs)
  }

  /** Gives a slot back. */
  leave(): void {
    const [next] = this.#queued
    if (next !== undefined) return next.go()
    this.#taken--
    if (this.#taken === 0) this.#emptied?.()
  }

  /** Refuses what waits and what comes. Fulfils when no slot is taken. */
  close(): Promise<void> {
    this.#isClosed = true
    for (const each of this.#queued) each.refuse(this.#limits.busy('the pool closes'))
    return new Promise((resolve) => {
      if (this.#taken === 0) resolve()
      else this.#emptied = resolve
    })
  }

  #wait(signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#queued.delete(queued)
        clearTimeout(timer)
        stopListening?.()
        settle()
      }
      const queued: Queued = {
        go: () => end(resolve),
        refuse: (reason) => end(() => reject(reason)),
      }
      const { each, busy } = this.#limits
      const late = () => queued.refuse(busy(`no ${each} was free for ${timeoutMs} ms`))
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(late, timerMs(timeoutMs))
      const stopListening =
        signal === undefined ? undefined : onAbort(signal, (reason) => queued.refuse(reason))
      this.#queued.add(queued)
    })
  }
}
