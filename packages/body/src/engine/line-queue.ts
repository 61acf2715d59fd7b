import { BodyError } from '../body-error.ts'
import { ByteQueue } from './byte-queue.ts'
import { decodeText } from './decode-text.ts'
import type { Bytes } from '../frames.ts'

const lineFeed = 10
const carriageReturn = 13

/** Bytes that are decoded at once. Not many: V8 keeps the whole text as long as one of its lines is kept. */
const textBytes = 4096

/** Drops a byte order mark; only the first line of a body can begin with one. */
const withoutByteOrderMark = new TextDecoder()

/**
 * Bytes waiting in order, taken from the front by number or by line.
 *
 * Several lines are decoded at once, since a text for each costs several times as much. The bytes of lines that were taken from that
 * text leave the queue together, before anything else is done with it.
 */
export class LineQueue {
  readonly #bytes = new ByteQueue()
  #taken = 0
  /** How many of the first bytes have no line end. */
  #searched = 0
  /** Whole lines, decoded from so many of the first bytes. */
  #text = ''
  #textBytes = 0
  /** Where the next line begins in the text, and how many lines are before it. */
  #at = 0
  #lines = 0

  get byteLength(): number {
    this.#dropLines()
    return this.#bytes.byteLength
  }

  /** Bytes taken so far. */
  get taken(): number {
    this.#dropLines()
    return this.#taken
  }

  push(bytes: Bytes): void {
    this.#bytes.push(bytes)
  }

  clear(): void {
    this.#dropLines()
    this.#bytes.clear()
    this.#searched = 0
  }

  /** As that of `ByteQueue`. */
  takeSome(maxBytes: number): Bytes {
    this.#dropLines()
    return this.#took(this.#bytes.takeSome(maxBytes))
  }

  /** As that of `ByteQueue`. */
  take(byteLength: number): Bytes {
    this.#dropLines()
    return this.#took(this.#bytes.take(byteLength))
  }

  /** As that of `ByteQueue`. */
  peek(byteLength: number): Bytes {
    this.#dropLines()
    return this.#bytes.peek(byteLength)
  }

  /**
   * Takes a line, and returns it without its LF or CRLF: `undefined` if no line end is there.
   *
   * @throws {BodyError} `LINE_TOO_LONG` if it is longer than `maxBytes`.
   */
  takeLine(maxBytes: number): string | undefined {
    // No line of the text is longer than all of it.
    if (this.#textBytes > maxBytes) this.#dropLines()
    const end = this.#text.indexOf('\n', this.#at)
    if (end >= 0) return this.#lineUntil(end)
    return this.#decodeLines(maxBytes)
      ? this.#lineUntil(this.#text.indexOf('\n'))
      : this.#takeDecoded(maxBytes)
  }

  /** Takes all bytes as a line that has no end: `undefined` if there are none. */
  takeLastLine(maxBytes: number): string | undefined {
    const left = this.byteLength
    return left === 0 ? undefined : lineOf(this.take(left), this.#taken === left, maxBytes)
  }

  #lineUntil(end: number): string {
    const from = this.#at
    this.#at = end + 1
    this.#lines++
    return this.#text.slice(from, this.#text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end)
  }

  /** Decodes the lines that are whole in the first part. `false` if there are none, or the first line of all is to come. */
  #decodeLines(maxBytes: number): boolean {
    this.#dropLines()
    if (this.#searched > 0 || this.#taken === 0) return false
    const first = this.#bytes.peekFirst(Math.min(textBytes, maxBytes))
    const byteLength = first.lastIndexOf(lineFeed) + 1
    if (byteLength === 0) return false
    this.#text = decodeText(first.subarray(0, byteLength))
    this.#textBytes = byteLength
    return true
  }

  #takeDecoded(maxBytes: number): string | undefined {
    const end = this.#bytes.indexOf(lineFeed, this.#searched)
    const found = end < 0 ? this.#bytes.byteLength : end
    // One byte over the limit may be the CR of the line end.
    if (found > maxBytes + 1) throw lineTooLong(maxBytes)
    if (end >= 0) return lineOf(this.take(end + 1), this.#taken === end + 1, maxBytes)
    this.#searched = found
    return undefined
  }

  #took(bytes: Bytes): Bytes {
    this.#searched = 0
    this.#taken += bytes.length
    return bytes
  }

  #dropLines(): void {
    if (this.#textBytes === 0) return
    const byteLength = this.#bytesOfLines()
    this.#bytes.skip(byteLength)
    this.#taken += byteLength
    this.#text = ''
    this.#textBytes = 0
    this.#at = 0
    this.#lines = 0
  }

  #bytesOfLines(): number {
    if (this.#at === this.#text.length) return this.#textBytes
    // Each byte has become one character, since none becomes two.
    if (this.#text.length === this.#textBytes) return this.#at
    const first = this.#bytes.peekFirst(this.#textBytes)
    let end = 0
    for (let line = 0; line < this.#lines; line++) end = first.indexOf(lineFeed, end) + 1
    return end
  }
}

const lineOf = (bytes: Bytes, isFirst: boolean, maxBytes: number): string => {
  let end = bytes.length
  if (bytes[end - 1] === lineFeed) {
    end--
    if (bytes[end - 1] === carriageReturn) end--
  }
  if (end > maxBytes) throw lineTooLong(maxBytes)
  const line = bytes.subarray(0, end)
  return isFirst ? withoutByteOrderMark.decode(line) : decodeText(line)
}

const lineTooLong = (maxBytes: number): BodyError =>
  new BodyError(
    'LINE_TOO_LONG',
    `Cannot read a line: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
  )
