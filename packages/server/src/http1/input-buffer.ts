import { Buffer } from 'node:buffer'

/** More pieces than this are compacted: a piece of one byte takes a hundred bytes. */
export const maxPieces = 32

/**
 * Input that has come and has not been parsed, as the pieces in which it came.
 *
 * Nearly always none or one: no array is made for that, since an array that has ever held something keeps 17 places.
 */
export class InputPieces {
  /** Bytes of all pieces. */
  byteLength = 0
  #first: Buffer | undefined
  #more: Buffer[] | undefined

  /** How many there are. */
  get count(): number {
    return this.#first === undefined ? 0 : 1 + (this.#more?.length ?? 0)
  }

  at(index: number): Buffer | undefined {
    return index === 0 ? this.#first : this.#more?.[index - 1]
  }

  push(bytes: Uint8Array): void {
    const piece = asBuffer(bytes)
    if (this.#first === undefined) this.#first = piece
    else if (this.#more === undefined) this.#more = [piece]
    else this.#more.push(piece)
    this.byteLength += piece.length
  }

  /** Puts back what is left of the piece that was taken last. */
  putBack(rest: Uint8Array): void {
    if (rest.length === 0) return
    if (this.#first !== undefined) this.#more = [this.#first, ...(this.#more ?? [])]
    this.#first = asBuffer(rest)
    this.byteLength += rest.length
  }

  shift(): Buffer | undefined {
    const piece = this.#first
    this.#first = this.#more?.shift()
    if (this.#more?.length === 0) this.#more = undefined
    this.byteLength -= piece?.length ?? 0
    return piece
  }

  /** Takes everything as one piece. A single piece is not copied; several are, perhaps into Node's pool: do not keep that for long. */
  join(): Buffer {
    if (this.#more !== undefined) return Buffer.concat(this.take())
    return this.shift() ?? Buffer.alloc(0)
  }

  /**
   * Joins pieces from the end, so that each is longer than all after it together. Then they are few, and no byte is copied more
   * often than the length doubles, whatever the sizes of the pieces.
   */
  compact(): void {
    const pieces = this.take()
    let from = pieces.length - 1
    let behind = 0
    for (let i = pieces.length - 1; i >= 0; i--) {
      const length = pieces[i]?.length ?? 0
      if (length <= behind) from = i
      behind += length
    }
    for (const piece of pieces.slice(0, from)) this.push(piece)
    this.push(joined(pieces.slice(from)))
  }

  take(): Buffer[] {
    const all = this.#first === undefined ? [] : [this.#first, ...(this.#more ?? [])]
    this.#first = undefined
    this.#more = undefined
    this.byteLength = 0
    return all
  }
}

/** A copy that may be kept for long: a view of Node's pool would keep its 8 KiB. */
export const ownCopy = (bytes: Buffer): Buffer => joined([bytes])

const joined = (pieces: readonly Buffer[]): Buffer => {
  let length = 0
  for (const piece of pieces) length += piece.length
  const whole = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) at += piece.copy(whole, at)
  return whole
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
