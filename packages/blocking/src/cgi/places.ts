import { onAbort } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'
import type { HttpError } from '@sluice/stack'

/** Bounds how many programs run at once. Requests beyond that wait in the order in which they came. */
export class Places {
  readonly #most: number
  readonly #queue: number
  readonly #waitMs: number
  #taken = 0
  readonly #waiting = new Set<() => void>()

  constructor(most: number, queue: number, waitMs: number) {
    this.#most = most
    this.#queue = queue
    this.#waitMs = waitMs
  }

  /**
   * Takes a place, and gives it to the next that waits when it is left.
   *
   * @returns A function that leaves it; only its first call counts.
   * @throws {HttpError} `CGI_BUSY` (503); the signal's reason if it aborts before.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#taken >= this.#most) {
      if (this.#waiting.size >= this.#queue) throw this.#busy()
      await this.#wait(signal)
    } else this.#taken++
    let isHeld = true
    return () => {
      if (isHeld) this.#leave()
      isHeld = false
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const entered = () => {
        forget()
        resolve()
      }
      const refuse = (reason: unknown) => {
        forget()
        reject(reason)
      }
      const forget = () => {
        stopListening()
        clearTimeout(timer)
        this.#waiting.delete(entered)
      }
      const stopListening = onAbort(signal, refuse)
      const timer = Number.isFinite(this.#waitMs)
        ? setTimeout(() => refuse(this.#busy()), this.#waitMs)
        : undefined
      this.#waiting.add(entered)
    })
  }

  /** The place passes on as it is, so that no request can come between. */
  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#taken--
      return
    }
    next()
  }

  #busy(): HttpError {
    return blockingError(
      'CGI_BUSY',
      `Cannot run the program: found ${this.#most} running and ${this.#waiting.size} requests waiting`,
      { headers: { 'retry-after': '1' } },
    )
  }
}
