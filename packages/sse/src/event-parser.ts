import { BodyError, ByteQueue } from '@sluice/body'
import type { ReceivedMessage } from './message.ts'

const lineFeed = 10
const carriageReturn = 13
const colon = 58
const space = 32

/** Not skipped by the decoder: only the first of a stream is no text. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Event streams without any I/O: bytes in, messages out, by the grammar of WHATWG HTML 9.2.5 and 9.2.6.
 *
 * Bytes of one line are held until it ends, and the lines of one event until the empty line; comments are not held. What is
 * unfinished at the end of a stream is no message, and is dropped.
 */
export class EventParser {
  /** As of the last empty line: what a client that comes again says it has had. */
  lastEventId: string
  /** The last time given, ms. */
  retryMs: number | undefined
  readonly #maxEventBytes: number
  #bytes: Uint8Array = new Uint8Array()
  #at = 0
  /** The beginning of a line whose end has not come. */
  readonly #line = new ByteQueue()
  /** Bytes of the lines of the event so far. */
  #eventBytes = 0
  #inComment = false
  #afterReturn = false
  #first = true
  #data: string[] = []
  #event = ''
  /** The buffer of the grammar: it becomes the last ID with the empty line. */
  #id: string

  constructor(maxEventBytes: number, lastEventId: string) {
    this.#maxEventBytes = maxEventBytes
    this.lastEventId = lastEventId
    this.#id = lastEventId
  }

  /** Takes more of the stream, when `next` has given all of what came before. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#at = 0
  }

  /** The next message of what was fed; `undefined` where more is wanted. */
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
    return undefined
  }

  /** The next line that is no comment, as far as the bytes go. */
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
    // A comment may be of any length, and is not kept.
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
    if (part.length > 0) this.#line.push(part)
    if (!isLast) return undefined
    const line = this.#line.take(this.#line.byteLength)
    if (!this.#first) return line
    this.#first = false
    return startsWithMark(line) ? line.subarray(3) : line
  }

  #field(line: Uint8Array): void {
    const at = line.indexOf(colon)
    const name = decoder.decode(at < 0 ? line : line.subarray(0, at))
    const value =
      at < 0 ? '' : decoder.decode(line.subarray(line[at + 1] === space ? at + 2 : at + 1))
    switch (name) {
      case 'data':
        this.#data.push(value)
        break
      case 'event':
        this.#event = value
        break
      case 'id':
        if (!value.includes('\0')) this.#id = value
        break
      case 'retry':
        if (digits.test(value)) this.retryMs = Number(value)
        break
    }
  }

  #dispatch(): ReceivedMessage | undefined {
    const data = this.#data
    const event = this.#event === '' ? 'message' : this.#event
    this.lastEventId = this.#id
    this.#data = []
    this.#event = ''
    this.#eventBytes = 0
    if (data.length === 0) return undefined
    return { data: data.join('\n'), event, lastEventId: this.#id }
  }
}

/** Whole milliseconds; more digits would be no whole number here, and are some 300,000 years. */
const digits = /^[0-9]{1,15}$/

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
