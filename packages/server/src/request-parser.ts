import { BodyError, data } from '@sluice/body'
import { chunkedDecoder } from '@sluice/chunked-input'
import { HttpError } from '@sluice/stack'
import { parseFieldLine } from './field-line.ts'
import { defaultRequestLimits } from './limits.ts'
import { requestHead } from './request-head.ts'
import { parseRequestLine, targetTooLong } from './request-line.ts'
import type { Data, Trailers } from '@sluice/body'
import type { ChunkedDecoder } from '@sluice/chunked-input'
import type { RequestLimits } from './limits.ts'
import type { RequestHead } from './request-head.ts'
import type { RequestLine } from './request-line.ts'

/** What a request consists of, in order: a head, its data, perhaps trailers, the end. */
export type RequestEvent =
  | { readonly kind: 'head'; readonly head: RequestHead }
  | Data
  | Trailers
  | { readonly kind: 'end' }

/** Requests from bytes, without any I/O: `receive` bytes, ask `next` for events. */
export interface RequestParser {
  /** Takes bytes that came. They are kept, not copied, until they have been given out. */
  receive(bytes: Uint8Array): void
  /**
   * The next event, or `undefined` where more bytes are wanted, or, after an end, `nextRequest`.
   *
   * @throws {HttpError | BodyError} Once, when the request is refused. Nothing is parsed after it.
   */
  next(): RequestEvent | undefined
  /** Lets the request after the one that has ended be parsed: not before its answer is out. */
  nextRequest(): void
  /** The client will send no more. @throws {BodyError} `BODY_ENDED_EARLY` in the middle of a request. */
  finish(): void
  /** Takes everything that was received and not parsed, for a protocol that takes over. */
  takeRest(): Uint8Array[]
  /** Bytes received and not parsed yet. */
  readonly bufferedBytes: number
  /** Bytes of content still to come, not counting those received; `Infinity` where the framing does not tell. */
  readonly contentBytesLeft: number
  /** `idle`: no byte of the next request has come. */
  readonly state: 'idle' | 'head' | 'content' | 'ended' | 'refused'
}

/**
 * Parses HTTP/1.1 and 1.0 requests (RFC 9112), strictly: what is malformed is refused, never repaired.
 *
 * One request at a time: after its end nothing is parsed until `nextRequest`. Lines are parsed as they come whole, so that a
 * malformed one is refused although the head has not ended, and no byte is looked at twice but those of an unfinished line.
 * Holds at most `maxHeadBytes` of a head; content is given out as it came.
 *
 * @example
 * import { requestParser } from '@sluice/server/http1'
 *
 * const parser = requestParser()
 * parser.receive(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
 * const event = parser.next()
 * if (event?.kind !== 'head' || event.head.target !== '/') throw new Error('not parsed')
 */
export const requestParser = (limits: Partial<RequestLimits> = {}): RequestParser =>
  new Parser({ ...defaultRequestLimits, ...limits })

const end: RequestEvent = { kind: 'end' }

/** Bytes of a request line beside its target: a method and two spaces. */
const longestMethod = 64

class Parser implements RequestParser {
  state: RequestParser['state'] = 'idle'
  bufferedBytes = 0
  readonly #limits: RequestLimits
  #input: Buffer[] = []
  #line: RequestLine | undefined
  #flat: string[] = []
  #headBytes = 0
  #emptyLines = 0
  /** Bytes of content to come, or the decoder of a chunked one. */
  #left = 0
  #decoder: ChunkedDecoder | undefined
  #decoded: (Data | Trailers)[] = []

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  get contentBytesLeft(): number {
    if (this.#decoder !== undefined) return this.state === 'content' ? Number.POSITIVE_INFINITY : 0
    return Math.max(0, this.#left - this.bufferedBytes)
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.state === 'refused') return
    this.#input.push(
      Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    )
    this.bufferedBytes += bytes.length
  }

  next(): RequestEvent | undefined {
    try {
      switch (this.state) {
        case 'idle':
        case 'head':
          return this.#head()
        case 'content':
          return this.#decoder === undefined ? this.#ofLength() : this.#chunked(this.#decoder)
        case 'ended':
        case 'refused':
          return undefined
      }
    } catch (error) {
      this.#refuse()
      throw error
    }
  }

  nextRequest(): void {
    if (this.state !== 'ended') return
    this.state = 'idle'
    this.#line = undefined
    this.#flat = []
    this.#headBytes = 0
    this.#emptyLines = 0
    this.#decoder = undefined
  }

  finish(): void {
    if (this.state !== 'head' && this.state !== 'content') return
    const failure =
      this.#decoder?.end() ??
      new BodyError(
        'BODY_ENDED_EARLY',
        `Cannot read the request: the connection ended in the middle of its ${this.state}`,
      )
    this.#refuse()
    throw failure
  }

  takeRest(): Uint8Array[] {
    const rest = this.#input
    this.#input = []
    this.bufferedBytes = 0
    return rest
  }

  #refuse(): void {
    this.state = 'refused'
    this.takeRest()
    this.#decoded = []
  }

  #head(): RequestEvent | undefined {
    while (this.#input.length > 0) {
      const input = this.#joinInput()
      const blank = input.indexOf('\r\n\r\n', 0, 'latin1')
      const room = this.#limits.maxHeadBytes - this.#headBytes
      // One byte over the bound is enough to tell; content behind the head is not looked at.
      const text = input.toString(
        'latin1',
        0,
        Math.min(blank < 0 ? input.length : blank + 4, room + 1),
      )
      const parsed = this.#lines(text)
      this.#headBytes += parsed
      this.#unshift(input.subarray(parsed))
      if (this.state === 'content') return this.#headEvent()
      if (text.length > room) throw this.#tooLarge(text.length > parsed)
      if (parsed === 0) {
        this.#checkUnfinished(text)
        return undefined
      }
    }
    return undefined
  }

  /** Parses the lines that have come whole; gives the number of bytes that they have. */
  #lines(text: string): number {
    let start = 0
    for (;;) {
      const feed = text.indexOf('\n', start)
      if (feed < 0) return start
      if (text.charCodeAt(feed - 1) !== 13) throw lineEndInvalid()
      const lineEnd = feed - 1
      if (lineEnd > start) {
        this.state = 'head'
        if (this.#line === undefined)
          this.#line = parseRequestLine(text, start, lineEnd, this.#limits.maxTargetBytes)
        else this.#field(text, start, lineEnd)
      } else if (this.#line !== undefined) {
        this.state = 'content'
        return feed + 1
      } else if (++this.#emptyLines > this.#limits.maxEmptyLines) {
        throw new HttpError(
          'REQUEST_LINE_INVALID',
          'Cannot read the request line: found too many empty lines',
        )
      }
      start = feed + 1
    }
  }

  #field(text: string, start: number, lineEnd: number): void {
    if (this.#flat.length === this.#limits.maxFields * 2) {
      throw new HttpError(
        'TOO_MANY_FIELDS',
        `Cannot read the head: found more than ${this.#limits.maxFields} field lines`,
      )
    }
    parseFieldLine(text, start, lineEnd, this.#flat)
  }

  #headEvent(): RequestEvent | undefined {
    const line = this.#line
    if (line === undefined) return undefined
    const head = requestHead(line, this.#flat)
    switch (head.framing.kind) {
      case 'none':
        this.#left = 0
        break
      case 'length':
        this.#left = head.framing.bytes
        break
      case 'chunked':
        this.#decoder = chunkedDecoder({
          maxLineBytes: this.#limits.maxChunkLineBytes,
          maxOverheadBytes: this.#limits.maxChunkOverheadBytes,
          maxTrailerBytes: this.#limits.maxTrailerBytes,
          maxTrailerFields: this.#limits.maxTrailerFields,
        })
    }
    return { kind: 'head', head }
  }

  #ofLength(): RequestEvent | undefined {
    if (this.#left === 0) return this.#ended()
    if (this.#input.length === 0) return undefined
    const input = this.#shift()
    if (input.length <= this.#left) {
      this.#left -= input.length
      return data(input)
    }
    const part = input.subarray(0, this.#left)
    this.#unshift(input.subarray(this.#left))
    this.#left = 0
    return data(part)
  }

  #chunked(decoder: ChunkedDecoder): RequestEvent | undefined {
    for (;;) {
      const frame = this.#decoded.shift()
      if (frame !== undefined) return frame
      if (decoder.failure !== undefined) throw decoder.failure
      if (decoder.done) return this.#ended()
      if (this.#input.length === 0) return undefined
      this.#decoded = [...decoder.decode(this.#shift())]
      if (decoder.rest !== undefined) this.#unshift(decoder.rest)
    }
  }

  #ended(): RequestEvent {
    this.state = 'ended'
    return end
  }

  /** Refuses at once what no further byte can make right. */
  #checkUnfinished(text: string): void {
    this.state = 'head'
    if (this.#line === undefined) {
      if (text.length > this.#limits.maxTargetBytes + longestMethod) throw this.#tooLarge(true)
    } else if (text.startsWith(' ') || text.startsWith('\t'))
      parseFieldLine(text, 0, text.length, [])
  }

  #tooLarge(unfinished: boolean): HttpError {
    if (this.#line === undefined && unfinished) return targetTooLong(this.#limits.maxTargetBytes)
    return new HttpError(
      'HEAD_TOO_LARGE',
      `Cannot read the head: found more than ${this.#limits.maxHeadBytes} bytes`,
    )
  }

  #shift(): Buffer {
    const input = this.#input.shift() ?? Buffer.alloc(0)
    this.bufferedBytes -= input.length
    return input
  }

  /** What is left of an unfinished line, with what came after it. */
  #joinInput(): Buffer {
    const first = this.#shift()
    return this.#input.length === 0 ? first : Buffer.concat([first, this.#shift()])
  }

  #unshift(rest: Uint8Array): void {
    if (rest.length === 0) return
    this.#input.unshift(Buffer.from(rest.buffer, rest.byteOffset, rest.length))
    this.bufferedBytes += rest.length
  }
}

const lineEndInvalid = () =>
  new HttpError('FIELD_INVALID', 'Cannot read the head: found a line that does not end with CRLF')
