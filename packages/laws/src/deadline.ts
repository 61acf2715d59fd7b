/** What a wait fails with that took too long. */
export class Late extends Error {
  override readonly name: string = 'Late'
}

/** One time-out for all the waits on one body: a timer for each would cost more than what is waited for. */
export class Deadline {
  readonly #late: Promise<never>
  readonly #timer: ReturnType<typeof setTimeout>

  constructor(timeoutMs: number) {
    let fail: (error: Error) => void = () => {}
    this.#late = new Promise((_, reject) => {
      fail = reject
    })
    this.#late.catch(() => {})
    this.#timer = setTimeout(() => fail(new Late(`nothing came within ${timeoutMs} ms`)), timeoutMs)
  }

  /** @throws {Late} By the promise, when the time is over first. */
  wait<T>(promise: T | PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#late])
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
