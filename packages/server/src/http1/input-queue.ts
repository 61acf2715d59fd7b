import { joinBytes, ownBytes } from './platform-bytes.ts'

/** More pieces than this are compacted: a piece of one byte takes a hundred bytes. */
export const maxPieces = 32

/**
 * Input that was received and not parsed, in the pieces in which it came.
 *
 * It nearly always holds none or one. No array is made for that: an array that was ever filled keeps room for 17.
 */
export class InputQueue {
  /** Bytes of all pieces. */
  byteLength = 0
  #first: Uint8Array | undefined
  #more: Uint8Array[] | undefined

  /** The number of pieces. */
  get count(): number {
    return this.#first === undefined ? 0 : 1 + (this.#more?.length ?? 0)
  }

  at(index: number): Uint8Array | undefined {
    return index === 0 ? this.#first : this.#more?.[index - 1]
  }

  push(piece: Uint8Array): void {
    if (this.#first === undefined) this.#first = piece
    else if (this.#more === undefined) this.#more = [piece]
    else this.#more.push(piece)
    this.byteLength += piece.length
  }

  /** Puts back the rest of the piece that was taken last. */
  putBack(rest: Uint8Array): void {
    if (rest.length === 0) return
    if (this.#first !== undefined) this.#more = [this.#first, ...(this.#more ?? [])]
    this.#first = rest
    this.byteLength += rest.length
  }

  shift(): Uint8Array | undefined {
    const piece = this.#first
    this.#first = this.#more?.shift()
    if (this.#more?.length === 0) this.#more = undefined
    this.byteLength -= piece?.length ?? 0
    return piece
  }

  /** Takes everything as one piece. A single piece is not copied. */
  join(): Uint8Array {
    if (this.#more !== undefined) return joinBytes(this.take())
    return this.shift() ?? new Uint8Array()
  }

  /**
   * Joins pieces from the end, so that each is longer than all after it together. Then they are few, and no byte is copied more
   * often than the length doubles, whatever the sizes of the pieces.
   */
  compact(): void {
    const pieces = this.take()
    let from = pieces.length - 1
    let bytesAfter = 0
    for (let i = pieces.length - 1; i >= 0; i--) {
      const length = pieces[i]?.length ?? 0
      if (length <= bytesAfter) from = i
      bytesAfter += length
    }
    for (const piece of pieces.slice(0, from)) this.push(piece)
    this.push(ownBytes(...pieces.slice(from)))
  }

  take(): Uint8Array[] {
    const all = this.#first === undefined ? [] : [this.#first, ...(this.#more ?? [])]
    this.#first = undefined
    this.#more = undefined
    this.byteLength = 0
    return all
  }
}
