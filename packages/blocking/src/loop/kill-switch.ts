/**
 * What tinypool takes as a signal: it ends the thread of a task when this is thrown.
 *
 * An `AbortController` would cost each request more than the rest of its task.
 */
export class KillSwitch {
  #kill: (() => void) | undefined

  once(_name: 'abort', kill: () => void): void {
    this.#kill = kill
  }

  off(): void {
    this.#kill = undefined
  }

  throw(): void {
    const kill = this.#kill
    this.#kill = undefined
    kill?.()
  }
}
