import { Buffer } from 'node:buffer'
import { BodyError, data } from '@sluice/body'
import { ChunkedContent } from './chunked-content.ts'
import { HeadLines } from './head-parser.ts'
import { InputPieces, maxPieces, ownCopy } from './input-buffer.ts'
import { defaultRequestLimits } from './limits.ts'
import type { Data, Trailers } from '@sluice/body'
import type { RequestLimits } from './limits.ts'
import type { RequestHead } from './request-head.ts'

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
  /** Bytes of content that have not been given out; `Infinity` where the framing does not tell. */
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
  parserWith({ ...defaultRequestLimits, ...limits })

/** The parser of a connection, whose bytes may be lent to it. */
export interface ConnectionParser extends RequestParser {
  /** As `receive`, of the first bytes of memory that is another's after `keep`. */
  lend(memory: Buffer, length: number): void
  /** Copies what was lent and has not been parsed. */
  keep(): void
}

/** A parser with these very limits: connections share one object of them, where a copy each was 0.6 KiB. */
export const parserWith = (limits: RequestLimits): ConnectionParser => new Parser(limits)

const end: RequestEvent = { kind: 'end' }

/** What is lent, to one parser at a time, until its connection has done what can be done with it: no place of it in each. */
let lentTo: Parser | undefined
let lentMemory: Buffer = Buffer.alloc(0)
let lentLength = 0

class Parser implements ConnectionParser {
  state: RequestParser['state'] = 'idle'
  readonly #limits: RequestLimits
  /** What was received and not parsed; there only while there is something, as all that follows: a connection may pause for long. */
  #input: InputPieces | undefined
  /** There while a head comes. */
  #lines: HeadLines | undefined
  /** Bytes of content to come, or the decoder of a chunked one. */
  #left = 0
  #chunked: ChunkedContent | undefined

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  get bufferedBytes(): number {
    return lentTo === this ? lentLength : (this.#input?.byteLength ?? 0)
  }

  get contentBytesLeft(): number {
    if (this.#chunked !== undefined) return this.state === 'content' ? Number.POSITIVE_INFINITY : 0
    return this.#left
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.state === 'refused') return
    this.#input ??= new InputPieces()
    this.#input.push(bytes)
    if (this.#input.count > maxPieces && !this.#readsHead) this.#input.compact()
  }

  /** A head is parsed where it lies, and nothing is left of it as a rule; content is given out as it came, so it is copied now. */
  lend(memory: Buffer, length: number): void {
    if (this.state === 'idle' && this.#input === undefined && this.#lines === undefined) {
      lentTo = this
      lentMemory = memory
      lentLength = length
    } else this.receive(Buffer.from(memory.subarray(0, length)))
  }

  keep(): void {
    if (lentTo !== this) return
    lentTo = undefined
    this.receive(ownCopy(lentMemory.subarray(0, lentLength)))
  }

  get #readsHead(): boolean {
    return this.state === 'idle' || this.state === 'head'
  }

  next(): RequestEvent | undefined {
    try {
      switch (this.state) {
        case 'idle':
        case 'head':
          return this.#readHead()
        case 'content':
          return this.#chunked === undefined ? this.#ofLength() : this.#ofChunks(this.#chunked)
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
    this.#chunked = undefined
  }

  finish(): void {
    if (this.state !== 'head' && this.state !== 'content') return
    const failure =
      this.#chunked?.decoder.end() ??
      new BodyError(
        'BODY_ENDED_EARLY',
        `Cannot read the request: the connection ended in the middle of its ${this.state}`,
      )
    this.#refuse()
    throw failure
  }

  takeRest(): Buffer[] {
    this.keep()
    const rest = this.#input?.take() ?? []
    this.#input = undefined
    return rest
  }

  #refuse(): void {
    this.state = 'refused'
    this.takeRest()
    this.#chunked = undefined
  }

  #readHead(): RequestEvent | undefined {
    if (lentTo === this) {
      lentTo = undefined
      const found = this.#parse(lentMemory, lentLength, false)
      if (found !== 'more') return found
    } else if (this.#input !== undefined && this.#lines?.isQuiet(this.#input) === true)
      return undefined
    while (this.#input !== undefined && this.#input.byteLength > 0) {
      const isOnePiece = this.#input.count === 1
      const input = this.#input.join()
      const found = this.#parse(input, input.length, isOnePiece)
      if (found !== 'more') return found
    }
    return undefined
  }

  /**
   * Parses the lines that are whole, and puts back what is left behind them: `undefined` where it is of no use before more has come.
   */
  #parse(input: Buffer, length: number, mayKeep: boolean): RequestEvent | 'more' | undefined {
    this.#lines ??= new HeadLines(this.#limits)
    const lines = this.#lines
    // One byte over the bound is enough to tell. Where content follows, some of it is made into text for nothing: cheaper
    // than to look for the end of every head first, which is 0.1 us.
    const text = input.toString('latin1', 0, Math.min(length, lines.room + 1))
    const parsed = lines.read(text, input)
    if (parsed < length) {
      const rest = input.subarray(parsed, length)
      this.#input ??= new InputPieces()
      this.#input.putBack(mayKeep ? rest : ownCopy(rest))
    }
    if (lines.over) return this.#headEvent(lines.head())
    if (lines.begun || !HeadLines.mayBeEmpty(text.slice(parsed))) this.state = 'head'
    if (parsed > 0) return 'more'
    if (this.#input !== undefined) lines.waitQuietly(text, this.#input)
    return undefined
  }

  #headEvent(head: RequestHead): RequestEvent {
    this.state = 'content'
    this.#lines = undefined
    if (this.#input?.byteLength === 0) this.#input = undefined
    const { framing } = head
    this.#left = framing.kind === 'length' ? framing.bytes : 0
    if (framing.kind === 'chunked') this.#chunked = new ChunkedContent(this.#limits)
    return { kind: 'head', head }
  }

  #ofLength(): RequestEvent | undefined {
    if (this.#left === 0) return this.#ended()
    const input = this.#input?.shift()
    if (input === undefined) return undefined
    if (input.length <= this.#left) {
      this.#left -= input.length
      return data(input)
    }
    const part = input.subarray(0, this.#left)
    this.#input?.putBack(input.subarray(this.#left))
    this.#left = 0
    return data(part)
  }

  #ofChunks(chunked: ChunkedContent): RequestEvent | undefined {
    this.#input ??= new InputPieces()
    const frame = chunked.next(this.#input)
    return frame === 'end' ? this.#ended() : frame
  }

  #ended(): RequestEvent {
    this.state = 'ended'
    return end
  }
}
