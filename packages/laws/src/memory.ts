import { equalBytes } from './equal-bytes.ts'
import { platform } from './platform.ts'

/** Where the bytes of frames are: each in memory of its own, or all in one larger buffer, as views or Node `Buffer`s of it. */
export type MemoryKind = 'own' | 'views' | 'buffers'

/** Fills the gaps between views: a byte that is invalid in UTF-8. */
const poison = 0xc1

/** Bytes between two views. An odd number, so that views are not aligned. */
const gap = 3

interface Placed {
  readonly memory: Uint8Array
  readonly before: Uint8Array
}

/** Places the bytes of one body in memory as a source might, and detects changes to it. */
export class Memory {
  readonly #kind: MemoryKind
  readonly #arena: Uint8Array
  readonly #own: Placed[] = []
  #used = gap
  #before: Uint8Array | undefined

  /** @param frames The most frames that will be placed. */
  constructor(kind: MemoryKind, byteLength: number, frames: number) {
    this.#kind = kind
    const length = kind === 'own' ? 0 : byteLength + (frames + 2) * gap
    this.#arena = new Uint8Array(length).fill(poison)
  }

  /** Returns the same bytes in memory of this kind. */
  place(bytes: Uint8Array): Uint8Array {
    if (this.#kind === 'own') {
      const memory = bytes.slice()
      this.#own.push({ memory, before: bytes })
      return memory
    }
    const from = this.#used
    this.#used += bytes.length + gap
    this.#arena.set(bytes, from)
    const view = this.#arena.subarray(from, from + bytes.length)
    if (this.#kind === 'views' || platform.Buffer === undefined) return view
    return platform.Buffer.from(view.buffer, view.byteOffset, view.length)
  }

  /** Call it after the last `place`. */
  seal(): void {
    this.#before = this.#arena.slice()
  }

  get isIntact(): boolean {
    const before = this.#before ?? this.#arena
    return (
      equalBytes(this.#arena, before) &&
      this.#own.every((each) => equalBytes(each.memory, each.before))
    )
  }
}
