/** Shared with code on a thread: how often it has begun to wait, and whether it may go on. See test/blocking/programs/gate.mjs. */
export class Gate {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(8)
  readonly #cells = new Int32Array(this.memory)

  /** Waits until something on a thread waits here. */
  async begun(): Promise<void> {
    const wait = Atomics.waitAsync(this.#cells, 0, 0)
    if (wait.async) await wait.value
  }

  get waits(): number {
    return Atomics.load(this.#cells, 0)
  }

  open(): void {
    Atomics.store(this.#cells, 1, 1)
    Atomics.notify(this.#cells, 1)
  }
}
