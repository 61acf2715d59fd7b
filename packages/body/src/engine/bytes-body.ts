import { data } from '../bytes.ts'
import { bodyUsed } from './claim.ts'
import { encodeText, isShortAscii } from './encode-text.ts'
import { iteratePull } from './iterate-pull.ts'
import { pulling } from './pull.ts'
import type { AnyFrame, Body, Data, Frame } from '../frames.ts'
import type { Pull, PullBody } from './pull.ts'

/** A body of bytes that are there. */
export const ofBytes = (bytes: Uint8Array): Body => new BytesBody(bytes.length, bytes, undefined)

/** A body of a text that is there, as UTF-8. */
export const ofText = (text: string): Body =>
  isShortAscii(text) ? new BytesBody(text.length, undefined, text) : ofBytes(encodeText(text))

/**
 * Takes all of a body at once that is a short text in ASCII of so many bytes, and of which nothing was pulled; `undefined` where it
 * is another, which can still be pulled. For serializers: text that goes behind the text of a head needs not become bytes first.
 */
export const takeAscii = (source: Pull<AnyFrame>, byteLength: number): string | undefined =>
  BytesBody.takeAscii(source, byteLength)

/**
 * It is its own pull: most answers of small servers are such a body, and it is the one object that each of them costs.
 */
class BytesBody implements PullBody<Frame>, Pull<Frame> {
  readonly byteLength: number
  #bytes: Uint8Array | undefined
  /** In the place of bytes, ASCII. */
  #text: string | undefined
  #started = false

  static takeAscii(source: object, byteLength: number): string | undefined {
    if (!(#text in source) || source.#text?.length !== byteLength) return undefined
    const text = source.#text
    source.#text = undefined
    return text
  }

  constructor(byteLength: number, bytes: Uint8Array | undefined, text: string | undefined) {
    this.byteLength = byteLength
    this.#bytes = bytes
    this.#text = text
  }

  [pulling](): Pull<Frame> {
    if (this.#started) throw bodyUsed()
    this.#started = true
    return this
  }

  pull(): Data | undefined {
    const bytes = this.#text === undefined ? this.#bytes : encodeText(this.#text)
    this.close()
    return bytes === undefined || bytes.length === 0 ? undefined : data(bytes)
  }

  close(): void {
    this.#bytes = undefined
    this.#text = undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return iteratePull(this[pulling]())
  }
}
