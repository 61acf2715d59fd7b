import { deferred, quiet, timerMs } from '@sluice/body/engine'

/** The error of a wait that took too long. */
export class Late extends Error {
  override readonly name: string = 'Late'
}

/** One time-out for all waits on one body: a timer for each wait would be too slow. */
export class Deadline {
  readonly #late: Promise<never>
  readonly #timer: ReturnType<typeof setTimeout>

  constructor(timeoutMs: number) {
    const { promise, reject } = deferred<never>()
    this.#late = quiet(promise)
    const late = () => reject(new Late(`nothing came within ${timeoutMs} ms`))
    this.#timer = setTimeout(late, timerMs(timeoutMs))
  }

  /** @throws {Late} By the promise, if the time is over first. */
  wait<T>(promise: T | PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#late])
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
