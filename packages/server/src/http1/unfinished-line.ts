import { isToken, skipBytes, tokenTable } from '@sluice/body/engine'
import { maxPieces } from './input-queue.ts'
import type { InputQueue } from './input-queue.ts'

/**
 * Remembers that an unfinished line was checked, so that a long line that comes byte by byte is not scanned again for each byte.
 *
 * It knows how many bytes may follow before the line has to be checked again, unless one of them ends the line or its token.
 */
export class UnfinishedLine {
  /** Bytes that may still follow. */
  #bytesLeft: number
  /** Pieces of the input that were counted. */
  #pieces: number
  /** Whether the line is only a method, or a field name, so far. */
  readonly #isToken: boolean

  /**
   * @param text The line, which is all the input that there is.
   * @param room Bytes that may follow before the head is too large.
   * @param mayFollow Bytes that may follow, unless the line is a token.
   */
  constructor(text: string, input: InputQueue, room: number, mayFollow: number) {
    this.#isToken = isToken(text)
    this.#bytesLeft = this.#isToken ? room : mayFollow
    this.#pieces = input.count
  }

  /** Whether what came since the last call cannot change anything. Once it is `false`, it stays so. */
  isUnchangedBy(input: InputQueue): boolean {
    while (this.#bytesLeft > 0 && this.#pieces < input.count) {
      const piece = input.at(this.#pieces)
      if (piece === undefined || piece.length > this.#bytesLeft || this.#isEndedBy(piece)) break
      this.#bytesLeft -= piece.length
      this.#pieces++
    }
    const isUnchanged = this.#bytesLeft > 0 && this.#pieces === input.count
    if (!isUnchanged) this.#bytesLeft = 0
    else if (this.#pieces > maxPieces) {
      input.compact()
      this.#pieces = input.count
    }
    return isUnchanged
  }

  /** Whether a piece has a byte that ends the line, or that ends the token or makes it invalid. */
  #isEndedBy(piece: Uint8Array): boolean {
    return this.#isToken
      ? skipBytes(tokenTable, piece, 0, piece.length) < piece.length
      : piece.includes(10)
  }
}
