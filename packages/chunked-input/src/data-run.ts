import type { Bytes, Data } from '@sluice/body'

/** Pieces of this size and more become frames of their own, without a copy. */
const joinBelowBytes = 1024

/** Shorter copies are faster in a loop than with `set`, which needs a view. */
const copyByHandBelowBytes = 64

const maxPieces = 4096

/** The start and the end of each piece. Shared by all runs: a run lives within one call, and calls do not overlap. */
const bounds = new Uint32Array(2 * maxPieces)

/**
 * Makes data frames of pieces of one input.
 *
 * A large piece is a view, without a copy. Consecutive small pieces are joined into one frame by one copy: a frame for every few
 * bytes would cost more.
 */
export class DataRun {
  readonly #bytes: Bytes
  readonly #frames: { push(frame: Data): unknown }
  #pieces = 0
  #byteLength = 0

  constructor(bytes: Bytes, frames: { push(frame: Data): unknown }) {
    this.#bytes = bytes
    this.#frames = frames
  }

  /** Adds the bytes from `start` up to `end`, at least one. */
  add(start: number, end: number): void {
    if (end - start >= joinBelowBytes) {
      this.release()
      this.#frames.push({ kind: 'data', bytes: this.#bytes.subarray(start, end) })
      return
    }
    if (this.#pieces === maxPieces) this.release()
    bounds[2 * this.#pieces] = start
    bounds[2 * this.#pieces + 1] = end
    this.#pieces++
    this.#byteLength += end - start
  }

  /** Makes a frame of the small pieces gathered so far. */
  release(): void {
    if (this.#pieces === 0) return
    const bytes = this.#pieces === 1 ? this.#only() : this.#join()
    this.#frames.push({ kind: 'data', bytes })
    this.#pieces = 0
    this.#byteLength = 0
  }

  #only(): Bytes {
    return this.#bytes.subarray(bounds[0], bounds[1])
  }

  #join(): Bytes {
    const bytes = this.#bytes
    const joined = new Uint8Array(this.#byteLength)
    let offset = 0
    for (let piece = 0; piece < this.#pieces; piece++) {
      const start = bounds[2 * piece] ?? 0
      const end = bounds[2 * piece + 1] ?? 0
      if (end - start < copyByHandBelowBytes)
        for (let at = start; at < end; at++) joined[offset++] = bytes[at] ?? 0
      else {
        joined.set(bytes.subarray(start, end), offset)
        offset += end - start
      }
    }
    return joined
  }
}
