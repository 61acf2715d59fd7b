/** Runs asynchronous calls one after another, in the order of asking, as a generator does with calls of `next()`. */
export class CallQueue {
  #last: Promise<unknown> | undefined

  /** Runs the call once all earlier ones have settled, or at once if there are none. The call must not throw. */
  run<T>(call: () => Promise<T>): Promise<T> {
    const before = this.#last
    const answer = before === undefined ? call() : before.then(call, call)
    const settled = () => {
      if (this.#last === answer) this.#last = undefined
    }
    this.#last = answer
    answer.then(settled, settled)
    return answer
  }
}
