/** Makes UTF-8 of strings that follow each other, also where a surrogate pair is split between two of them. */
export class TextPieces {
  #surrogate = ''

  encode(piece: string): Uint8Array {
    let text = this.#surrogate + piece
    this.#surrogate = ''
    if (splitsPair(text)) {
      this.#surrogate = text.slice(-1)
      text = text.slice(0, -1)
    }
    return encoder.encode(text)
  }

  /** What was held, which has turned out to stand alone: as U+FFFD. */
  end(): Uint8Array {
    const alone = this.#surrogate
    this.#surrogate = ''
    return encoder.encode(alone)
  }
}

const encoder = new TextEncoder()

/** A high surrogate at the end of a string waits for the low one that may come in the next. */
const splitsPair = (text: string) => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
