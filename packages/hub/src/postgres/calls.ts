import { timerMs } from '@sluice/body/engine'

/** Calls that wait for the database: each rejects after a time, and all do at close. */
export class Calls {
  readonly #timeoutMs: number
  readonly #pending = new Set<(error: unknown) => void>()
  #closed: { readonly error: unknown } | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Its signal aborts if the call rejects, and never after it has fulfilled. */
  run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed.error)
    return new Promise<T>((resolve, reject) => {
      const over = new AbortController()
      const leave = () => {
        clearTimeout(timer)
        this.#pending.delete(fail)
      }
      const fail = (error: unknown) => {
        leave()
        reject(error)
        over.abort(error)
      }
      const timer =
        this.#timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(() => fail(this.#late()), timerMs(this.#timeoutMs))
      this.#pending.add(fail)
      call(over.signal).then((answer) => {
        leave()
        resolve(answer)
      }, fail)
    })
  }

  close(error: unknown): void {
    this.#closed = { error }
    for (const fail of this.#pending) fail(error)
  }

  #late(): Error {
    return new Error(`Cannot use PostgreSQL: it did not answer within ${this.#timeoutMs} ms`)
  }
}
