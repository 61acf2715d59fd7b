import { BodyError } from '@sluice/body'
import { decodeText, noBytes } from '@sluice/body/engine'
import { FlatBytes } from './flat-bytes.ts'
import type { ReceivedMessage } from './message.ts'

const lineFeed = 10
const carriageReturn = 13
const colon = 58
const space = 32

/** The longest of the known field names: data, event, id and retry. */
const longestName = 5

/**
 * Event streams without any I/O: bytes in, messages out, by the grammar of WHATWG HTML 9.2.5 and 9.2.6.
 *
 * Bytes of one line are held until it ends, and the lines of one event until the empty line; comments are not held. They take at
 * most twice the memory of what was sent, even if lines have one byte, or bytes come one by one. An unfinished message at the end
 * of a stream is dropped.
 */
export class EventParser {
  /** The last ID, as of the last empty line: what a client sends when it reconnects. */
  lastEventId: string
  /** The last reconnection time received. */
  retryMs: number | undefined
  readonly #maxEventBytes: number
  #bytes: Uint8Array = noBytes
  #at = 0
  /** The beginning of a line whose end has not come. */
  readonly #line = new FlatBytes()
  /** Bytes of the lines of the event so far. */
  #eventBytes = 0
  #inComment = false
  #afterReturn = false
  #first = true
  /** The first line of data, mostly the only one; and the lines after it, each after a line feed. */
  #data: string | undefined
  readonly #moreData = new FlatBytes()
  #event = ''
  /** The "last event ID buffer" of the grammar: becomes the last ID at the empty line. */
  #id: string

  constructor(maxEventBytes: number, lastEventId: string) {
    this.#maxEventBytes = maxEventBytes
    this.lastEventId = lastEventId
    this.#id = lastEventId
  }

  /** Takes more bytes. Call it when `next` has returned all messages of the bytes before. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#at = 0
  }

  /** The next message of the bytes so far; `undefined` if it needs more. */
  next(): ReceivedMessage | undefined {
    while (this.#at < this.#bytes.length) {
      const line = this.#nextLine()
      if (line === undefined) continue
      if (line.length > 0) this.#field(line)
      else {
        const message = this.#dispatch()
        if (message !== undefined) return message
      }
    }
    // A copy, so that the received buffer is not kept.
    this.#bytes = noBytes
    this.#at = 0
    return undefined
  }

  /** The next complete line that is not a comment. `undefined` if there is none yet, or a comment or a line end was skipped. */
  #nextLine(): Uint8Array | undefined {
    const bytes = this.#bytes
    const from = this.#at
    if (this.#afterReturn) {
      this.#afterReturn = false
      if (bytes[from] === lineFeed) {
        this.#at++
        return undefined
      }
    }
    // A comment may have any length, so it is not held.
    if (bytes[from] === colon && this.#line.byteLength === 0) {
      this.#inComment = true
      this.#first = false
    }
    const end = endOfLine(bytes, from)
    this.#at = end + 1
    if (end < bytes.length) this.#afterReturn = bytes[end] === carriageReturn
    if (!this.#inComment) return this.#add(bytes.subarray(from, end), end < bytes.length)
    if (end < bytes.length) this.#inComment = false
    return undefined
  }

  #add(part: Uint8Array, isLast: boolean): Uint8Array | undefined {
    this.#eventBytes += part.length
    if (this.#eventBytes > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes)
    if (!isLast) {
      this.#line.add(part)
      return undefined
    }
    const line = this.#line.byteLength === 0 ? part : this.#joined(part)
    if (!this.#first) return line
    this.#first = false
    return startsWithMark(line) ? line.subarray(3) : line
  }

  #joined(part: Uint8Array): Uint8Array {
    this.#line.add(part)
    return this.#line.take()
  }

  #field(line: Uint8Array): void {
    const colonAt = line.indexOf(colon)
    const nameEnd = colonAt < 0 ? line.length : colonAt
    if (nameEnd > longestName) return
    const value = line.subarray(line[nameEnd + 1] === space ? nameEnd + 2 : nameEnd + 1)
    switch (decodeText(line.subarray(0, nameEnd))) {
      case 'data':
        this.#addData(value)
        break
      case 'event':
        this.#event = decodeText(value)
        break
      case 'id':
        if (!value.includes(0)) this.#id = decodeText(value)
        break
      case 'retry':
        this.#setRetry(decodeText(value))
        break
    }
  }

  #addData(value: Uint8Array): void {
    if (this.#data === undefined) {
      this.#data = decodeText(value)
      return
    }
    this.#moreData.addByte(lineFeed)
    this.#moreData.add(value)
  }

  #setRetry(value: string): void {
    if (digits.test(value)) this.retryMs = Math.min(Number(value), Number.MAX_SAFE_INTEGER)
  }

  #dispatch(): ReceivedMessage | undefined {
    const data = this.#data
    const more = this.#moreData.byteLength === 0 ? '' : decodeText(this.#moreData.take())
    const event = this.#event === '' ? 'message' : this.#event
    this.lastEventId = this.#id
    this.#data = undefined
    this.#event = ''
    this.#eventBytes = 0
    if (data === undefined) return undefined
    return { data: data + more, event, lastEventId: this.#id }
  }
}

/** The grammar allows any number of digits; anything above the largest safe integer becomes that integer, some 285,000 years. */
const digits = /^[0-9]+$/

const endOfLine = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at++
  return at
}

/** The byte order mark of UTF-8. */
const startsWithMark = (line: Uint8Array): boolean =>
  line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf

const tooLarge = (maxEventBytes: number): BodyError =>
  new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read an event: found more than ${maxEventBytes} bytes before its end`,
  )
