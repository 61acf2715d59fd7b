import { data } from '../bytes.ts'
import { bodyUsed } from './claim.ts'
import { encodeText, isShortAscii } from './encode-text.ts'
import { iteratePull } from './iterate-pull.ts'
import { pulling } from './pull.ts'
import type { Body, Data, Frame } from '../frames.ts'
import type { Pull, PullBody } from './pull.ts'

/** A body of bytes that are there. */
export const ofBytes = (bytes: Uint8Array): Body =>
  bytes.length === 0 ? ofText('') : new BytesBody(bytes.length, bytes, undefined)

/** A body of a text that is there, as UTF-8. */
export const ofText = (text: string): Body =>
  isShortAscii(text) ? new BytesBody(text.length, undefined, text) : ofBytes(encodeText(text))

/** It is its own pull, so that the answers of most small servers cost one object. */
class BytesBody implements PullBody<Frame>, Pull<Frame> {
  readonly byteLength: number
  #bytes: Uint8Array | undefined
  /** ASCII, instead of bytes. */
  #text: string | undefined
  #started = false

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

  whole(byteLength: number): Uint8Array | string | undefined {
    if (this.byteLength !== byteLength) return undefined
    const content = this.#text ?? this.#bytes
    this.close()
    return content
  }

  close(): void {
    this.#bytes = undefined
    this.#text = undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return iteratePull(this[pulling]())
  }
}
