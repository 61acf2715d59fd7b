import { encodeText, splitsPair } from '@sluice/body/engine'

/** Encodes consecutive strings as UTF-8, also if a surrogate pair is split between two of them. */
export class TextPieces {
  /** The first half of a pair, which waits for the second; empty if there is none. Restored if a write is refused. */
  half = ''

  encode(piece: string): Uint8Array {
    let text = this.half + piece
    this.half = ''
    if (splitsPair(text)) {
      this.half = text.slice(-1)
      text = text.slice(0, -1)
    }
    return encodeText(text)
  }

  /** Gives a held half as U+FFFD, when no second half can follow. */
  end(): Uint8Array {
    const alone = this.half
    this.half = ''
    return encodeText(alone)
  }
}
