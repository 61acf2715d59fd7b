import { newMemory, resetMemory } from '../channel/channel.ts'

/** Of the size of a channel each. More of them are free only after many slow clients at once. */
const maxFree = 64

/**
 * The memory of channels, used again and again.
 *
 * V8 does not count a `SharedArrayBuffer` as memory of an isolate, so garbage of them would not make it collect any; and a thread keeps
 * its half until it collects.
 */
export class Memories {
  readonly #free: SharedArrayBuffer[] = []

  get free(): number {
    return this.#free.length
  }

  take(): SharedArrayBuffer {
    const memory = this.#free.pop()
    if (memory === undefined) return newMemory()
    resetMemory(memory)
    return memory
  }

  /** Neither thread may touch it any more. */
  giveBack(memory: SharedArrayBuffer): void {
    if (this.#free.length < maxFree) this.#free.push(memory)
  }
}
