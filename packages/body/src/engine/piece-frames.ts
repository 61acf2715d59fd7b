import { BodyError } from '../body-error.ts'
import { data } from '../bytes.ts'
import { foundIn, isByteArray, isData, isFrame, isTrailers } from '../kinds.ts'
import { encodeText } from './encode-text.ts'
import { losePieces, observePauses } from './pieces.ts'
import { splitsPair } from './split-pair.ts'
import type { AnyFrame } from '../frames.ts'
import type { FrameMaker } from './iterator-pull.ts'

const none: readonly unknown[] = []

/** Makes frames of pieces: strings, bytes, frames, and arrays of these, which are taken one by one. */
export class PieceFrames implements FrameMaker {
  #batch = none
  #batchAt = 0
  /** The first half of a surrogate pair, which may be cut between two strings. */
  #surrogate = ''

  get hasMore(): boolean {
    return this.#batchAt < this.#batch.length
  }

  more(): AnyFrame | undefined {
    const piece = this.#batch[this.#batchAt++]
    // Its bytes are not held while the next is waited for.
    if (this.#batchAt === this.#batch.length) this.#takeBatch(none)
    return Array.isArray(piece) ? refuse(piece) : this.frameOf(piece)
  }

  frameOf(piece: unknown): AnyFrame | undefined {
    if (typeof piece === 'string') return this.#textFrame(piece)
    if (this.#surrogate !== '' && endsText(piece)) {
      // What comes next cannot be the other half; it is taken once the first half has left.
      if (this.#batch[this.#batchAt - 1] === piece) this.#batchAt--
      else this.#takeBatch([piece])
      return this.#loneSurrogate()
    }
    if (isByteArray(piece)) return piece.length === 0 ? undefined : data(piece)
    if (isFrame(piece)) return isEmptyData(piece) ? undefined : piece
    if (Array.isArray(piece)) {
      this.#takeBatch(piece)
      return piece.length === 0 ? undefined : this.more()
    }
    const bytes = bytesOf(piece) ?? refuse(piece)
    return bytes.length === 0 ? undefined : data(bytes)
  }

  end(): AnyFrame | undefined {
    return this.#surrogate === '' ? undefined : this.#loneSurrogate()
  }

  lose(): void {
    losePieces(this.#batch, this.#batchAt)
    this.#batch = none
  }

  #takeBatch(batch: readonly unknown[]): void {
    observePauses(batch)
    this.#batch = batch
    this.#batchAt = 0
  }

  #textFrame(piece: string): AnyFrame | undefined {
    let text = this.#surrogate + piece
    this.#surrogate = ''
    if (splitsPair(text)) {
      this.#surrogate = text.slice(-1)
      text = text.slice(0, -1)
    }
    return text === '' ? undefined : data(encodeText(text))
  }

  #loneSurrogate(): AnyFrame {
    const bytes = encodeText(this.#surrogate)
    this.#surrogate = ''
    return data(bytes)
  }
}

const refuse = (piece: unknown): never => {
  throw new BodyError(
    'BODY_INVALID',
    `Cannot read the body: found ${foundIn(piece)}, wanted a string, bytes or a frame`,
  )
}

/** The bytes of any view or buffer, without a copy. */
export const bytesOf = (input: unknown): Uint8Array | undefined => {
  if (isByteArray(input)) return input
  if (ArrayBuffer.isView(input))
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  return isArrayBuffer(input) ? new Uint8Array(input) : undefined
}

const isArrayBuffer = (input: unknown): input is ArrayBuffer => {
  const tag = Object.prototype.toString.call(input)
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]'
}

const isEmptyData = (frame: AnyFrame) => isData(frame) && frame.bytes.length === 0

/** Whether text cannot continue after this piece. It may continue after a flush or a pause, as if that were not there. */
const endsText = (piece: unknown) =>
  isFrame(piece)
    ? isTrailers(piece) || (isData(piece) && piece.bytes.length > 0)
    : (bytesOf(piece)?.length ?? 0) > 0
