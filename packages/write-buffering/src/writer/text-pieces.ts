/** Makes UTF-8 of strings that follow each other, also where a surrogate pair is split between two of them. */
export class TextPieces {
  /** The first half of a pair, which waits for the second; empty if there is none. Restored if a piece is refused after all. */
  half = ''

  encode(piece: string): Uint8Array {
    let text = this.half + piece
    this.half = ''
    if (splitsPair(text)) {
      this.half = text.slice(-1)
      text = text.slice(0, -1)
    }
    return encoder.encode(text)
  }

  /** Gives the held half as U+FFFD, once no second one can follow. */
  end(): Uint8Array {
    const alone = this.half
    this.half = ''
    return encoder.encode(alone)
  }
}

const encoder = new TextEncoder()

/** A high surrogate at the end of a string waits for the low one that may come in the next. */
const splitsPair = (text: string) => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
