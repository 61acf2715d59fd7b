import type { Callback } from './host-response.ts'

/** The callbacks of writes that are done in this job. They run after it, in their order. */
export class WriteCallbacks {
  #callbacks: Callback[] = []

  add(callback: Callback | undefined): void {
    if (callback === undefined) return
    this.#callbacks.push(callback)
    if (this.#callbacks.length > 1) return
    process.nextTick(() => {
      for (const each of this.takeAll()) each()
    })
  }

  /** Takes those that have not run, for other code to run. */
  takeAll(): Callback[] {
    const callbacks = this.#callbacks
    this.#callbacks = []
    return callbacks
  }
}
