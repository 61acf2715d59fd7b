import { data } from '../bytes.ts'
import { bodyUsed } from './claim.ts'
import { encodeText, isShortAscii } from './encode-text.ts'
import { iteratePull } from './iterate-pull.ts'
import { pulling } from './pull.ts'
import type { Body, Data, Frame } from '../frames.ts'
import type { Pull, PullBody } from './pull.ts'

/** A body of bytes that are there. */
export const ofBytes = (bytes: Uint8Array): Body =>
  bytes.length === 0 ? ofText('') : new BytesBody(bytes, undefined)

/** A body of a text that is there, as UTF-8. */
export const ofText = (text: string): Body => new BytesBody(undefined, text)

/** What `#byteLength` is before somebody asks for it. */
const notCounted = -1

/**
 * It is its own pull, so that the answers of most small servers cost one object.
 *
 * A text is encoded when its length or its bytes are asked for, unless it is short ASCII. So a host that takes texts, and needs no
 * length, gets it as it is.
 */
class BytesBody implements PullBody<Frame>, Pull<Frame> {
  #byteLength: number
  #bytes: Uint8Array | undefined
  /** Instead of bytes. ASCII, if its length was asked for. */
  #text: string | undefined
  #started = false
  #isOver = false

  constructor(bytes: Uint8Array | undefined, text: string | undefined) {
    this.#byteLength = bytes === undefined ? notCounted : bytes.length
    this.#bytes = bytes
    this.#text = text
  }

  get byteLength(): number {
    if (this.#byteLength === notCounted) this.#byteLength = this.#count(this.#text ?? '')
    return this.#byteLength
  }

  [pulling](): Pull<Frame> {
    if (this.#started) throw bodyUsed()
    this.#started = true
    return this
  }

  pull(): Data | undefined {
    if (this.#isOver) return undefined
    const bytes = this.#text === undefined ? this.#bytes : encodeText(this.#text)
    if (bytes !== undefined) this.#byteLength = bytes.length
    this.close()
    return bytes === undefined || bytes.length === 0 ? undefined : data(bytes)
  }

  whole(byteLength?: number): Uint8Array | string | undefined {
    if (this.#isOver) return undefined
    if (byteLength !== undefined && this.byteLength !== byteLength) return undefined
    const content = this.#text ?? this.#bytes
    if (this.#byteLength === notCounted) this.#isOver = true
    else this.close()
    return content
  }

  close(): void {
    // It may be asked for when the content is gone.
    this.#byteLength = this.byteLength
    this.#isOver = true
    this.#bytes = undefined
    this.#text = undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return iteratePull(this[pulling]())
  }

  #count(text: string): number {
    if (isShortAscii(text)) return text.length
    this.#bytes = encodeText(text)
    this.#text = undefined
    return this.#bytes.length
  }
}
