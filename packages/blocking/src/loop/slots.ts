import { onAbort } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'
import type { HttpError } from '@sluice/stack'
import type { PoolLimits } from '../pool-options.ts'

interface Queued {
  readonly go: () => void
  readonly refuse: (reason: unknown) => void
}

/** The right to use one of a pool's threads: taken at once, or after a wait in the queue. */
export class Slots {
  readonly #limits: PoolLimits
  readonly #queued = new Set<Queued>()
  #taken = 0
  #isClosed = false
  #emptied: (() => void) | undefined

  constructor(limits: PoolLimits) {
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
   * @throws {HttpError} `WORKER_BUSY` if the queue is full, the wait is too long, or the pool closes; the reason of the signal if it aborts.
   */
  take(signal: AbortSignal | undefined): void | Promise<void> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw busy('the pool is closed')
    if (this.#taken < this.#limits.threads) {
      this.#taken++
      return
    }
    if (this.#queued.size >= this.#limits.queue)
      throw busy(`${this.#limits.threads} threads are in use and ${this.#queued.size} wait for one`)
    return this.#wait(signal)
  }

  /** Gives a slot back. */
  leave(): void {
    const [next] = this.#queued
    if (next !== undefined) return next.go()
    this.#taken--
    if (this.#taken === 0) this.#emptied?.()
  }

  /** Refuses all who wait and who come. Fulfils when no slot is taken. */
  close(): Promise<void> {
    this.#isClosed = true
    for (const each of this.#queued) each.refuse(busy('the pool closes'))
    return new Promise((resolve) => {
      if (this.#taken === 0) resolve()
      else this.#emptied = resolve
    })
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
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
      const { timeoutMs } = this.#limits
      const late = () => queued.refuse(busy(`no thread was free for ${timeoutMs} ms`))
      const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(late, timeoutMs)
      const stopListening =
        signal === undefined ? undefined : onAbort(signal, (reason) => queued.refuse(reason))
      this.#queued.add(queued)
    })
  }
}

/** RFC 9110 section 15.6.4: a 503 may say when to come again. A second is the least that it can say. */
const busy = (found: string): HttpError =>
  blockingError('WORKER_BUSY', `Cannot run the blocking function: ${found}`, {
    headers: { 'retry-after': '1' },
  })
