import { cell, newMemory, resetMemory } from '../channel/channel.ts'

/** Of 1 or 1.5 MiB each. More of them are free only after many slow clients at once. */
const maxFree = 64

/**
 * The memory of channels of one size, used again and again.
 *
 * V8 does not count a `SharedArrayBuffer` as memory of an isolate, so garbage of them would not make it collect any; and a thread keeps
 * its half until it collects.
 */
export class Memories {
  readonly #inputBytes: number
  readonly #free: SharedArrayBuffer[] = []
  /** The oldest first. Of a thread that has died some stay until newer ones push them out. */
  readonly #leaving = new Set<SharedArrayBuffer>()

  constructor(inputBytes: number) {
    this.#inputBytes = inputBytes
  }

  get free(): number {
    return this.#free.length
  }

  take(): SharedArrayBuffer {
    const memory = this.#free.pop() ?? this.#left()
    if (memory === undefined) return newMemory(this.#inputBytes)
    resetMemory(memory)
    return memory
  }

  /** Neither thread may touch it any more. */
  giveBack(memory: SharedArrayBuffer): void {
    if (this.#free.length < maxFree) this.#free.push(memory)
  }

  /** As `giveBack`, of memory that the loop no longer touches: it is taken again once the worker has set `workerDone`. */
  giveBackOnceDone(memory: SharedArrayBuffer): void {
    if (isDone(memory)) return this.giveBack(memory)
    this.#leaving.add(memory)
    const [oldest] = this.#leaving
    if (this.#leaving.size > maxFree && oldest !== undefined) this.#leaving.delete(oldest)
  }

  #left(): SharedArrayBuffer | undefined {
    for (const memory of this.#leaving) {
      if (!isDone(memory)) continue
      this.#leaving.delete(memory)
      return memory
    }
    return undefined
  }
}

const isDone = (memory: SharedArrayBuffer): boolean =>
  Atomics.load(new Int32Array(memory), cell.workerDone) !== 0
