import { onAbort } from '@sluice/body/engine'

/** A semaphore: calls over the limit wait in their order, and leave if their signal aborts. */
export class Turns {
  #free: number
  /** By number of arrival. */
  readonly #waiting = new Map<number, () => void>()
  #arrived = 0
  #next = 0

  constructor(limit: number) {
    this.#free = limit
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(signal)
    try {
      return await work()
    } finally {
      this.#give()
    }
  }

  #take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    const number = this.#arrived++
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, (reason) => {
        this.#waiting.delete(number)
        reject(reason)
      })
      this.#waiting.set(number, () => {
        stop()
        resolve()
      })
    })
  }

  #give(): void {
    while (this.#next < this.#arrived) {
      const number = this.#next++
      const begin = this.#waiting.get(number)
      this.#waiting.delete(number)
      if (begin !== undefined) return begin()
    }
    this.#free++
  }
}
