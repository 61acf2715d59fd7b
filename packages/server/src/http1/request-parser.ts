import { contentReader, endedEarly } from './content-reader.ts'
import { HeadParser } from './head-parser.ts'
import { InputQueue, maxPieces } from './input-queue.ts'
import { defaultRequestLimits } from './limits.ts'
import { ParserContext } from './parser-context.ts'
import { copyBytes, decodeLatin1, ownBytes } from './platform-bytes.ts'
import type { Data, Trailers } from '@sluice/body'
import type { ContentReader } from './content-reader.ts'
import type { RequestLimits } from './limits.ts'
import type { RequestHead } from './request-head.ts'

/** The parts of a request, in order: its head, its data, perhaps trailers, its end. */
export type RequestEvent =
  | { readonly kind: 'head'; readonly head: RequestHead }
  | Data
  | Trailers
  | { readonly kind: 'end' }

/** Makes events from bytes: `receive` bytes, ask `next` for events. */
export interface RequestParser {
  /** Takes bytes. They are kept, not copied, until they are given out. */
  receive(bytes: Uint8Array): void
  /**
   * The next event. `undefined` if more bytes are needed or, after an end, `nextRequest`.
   *
   * @throws {HttpError | BodyError} Once, if the request is refused. Nothing is parsed after it.
   */
  next(): RequestEvent | undefined
  /** Allows the next request to be parsed. Call it when the response to the last one is out. */
  nextRequest(): void
  /** Ends the input. @throws {BodyError} `BODY_ENDED_EARLY` in the middle of a request. */
  finish(): void
  /** Takes everything that was received and not parsed, for a protocol that takes over. */
  takeRest(): Uint8Array[]
  /** Bytes received and not parsed yet. */
  readonly bufferedBytes: number
  /** Bytes of content that were not given out yet; `Infinity` if the framing does not say. */
  readonly contentBytesLeft: number
  /** `idle`: no byte of the next request has come. */
  readonly state: 'idle' | 'head' | 'content' | 'ended' | 'refused'
}

/**
 * Parses HTTP/1.1 and 1.0 requests (RFC 9112), strictly: malformed requests are refused, never repaired.
 *
 * Parses one request at a time: after its end nothing is parsed until `nextRequest`. A malformed line is refused before the head
 * has ended. Holds at most `maxHeadBytes` of a head; content is given out as it came.
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
  parserIn(new ParserContext({ ...defaultRequestLimits, ...limits }))

/** A parser of a connection that lends its bytes. */
export interface ConnectionParser extends RequestParser {
  /** As `receive`, of the first bytes of memory that is used for something else after `keep`. */
  lend(memory: Uint8Array, length: number): void
  /** Copies the bytes that were lent and not parsed. */
  keep(): void
}

/** A parser that shares a context with others: a copy of the limits for each connection took 0.6 KiB. */
export const parserIn = (context: ParserContext): ConnectionParser => new Parser(context)

const end: RequestEvent = { kind: 'end' }

// An idle connection has only the state and the context: the rest exists while it is needed.
class Parser implements ConnectionParser {
  state: RequestParser['state'] = 'idle'
  readonly #context: ParserContext
  #input: InputQueue | undefined
  #head: HeadParser | undefined
  #content: ContentReader | undefined

  constructor(context: ParserContext) {
    this.#context = context
  }

  get bufferedBytes(): number {
    const { borrower, lentLength } = this.#context
    return borrower === this ? lentLength : (this.#input?.byteLength ?? 0)
  }

  get contentBytesLeft(): number {
    return this.#content?.bytesLeft ?? 0
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.state === 'refused') return
    this.#input ??= new InputQueue()
    this.#input.push(bytes)
    if (this.#input.count > maxPieces && this.state !== 'idle' && this.state !== 'head')
      this.#input.compact()
  }

  /** A head is parsed in the memory that is lent, and usually nothing is left of it. Content is given out, so it is copied now. */
  lend(memory: Uint8Array, length: number): void {
    if (this.state === 'idle' && this.#input === undefined && this.#head === undefined) {
      this.#context.borrower = this
      this.#context.lentMemory = memory
      this.#context.lentLength = length
    } else this.receive(copyBytes(memory.subarray(0, length)))
  }

  keep(): void {
    const { borrower, lentMemory, lentLength } = this.#context
    if (borrower !== this) return
    this.#context.borrower = undefined
    this.receive(ownBytes(lentMemory.subarray(0, lentLength)))
  }

  next(): RequestEvent | undefined {
    try {
      switch (this.state) {
        case 'idle':
        case 'head':
          return this.#readHead()
        case 'content':
          return this.#readContent()
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
    if (this.state === 'ended') this.state = 'idle'
  }

  finish(): void {
    if (this.state !== 'head' && this.state !== 'content') return
    const failure = this.#content?.endedEarly() ?? endedEarly(this.state)
    this.#refuse()
    throw failure
  }

  takeRest(): Uint8Array[] {
    this.keep()
    const rest = this.#input?.take() ?? []
    this.#input = undefined
    return rest
  }

  #refuse(): void {
    this.state = 'refused'
    this.takeRest()
    this.#content = undefined
  }

  #readHead(): RequestEvent | undefined {
    const context = this.#context
    if (context.borrower === this) {
      context.borrower = undefined
      const found = this.#parse(context.lentMemory, context.lentLength, false)
      if (found !== 'again') return found
    } else if (this.#input !== undefined && this.#head?.isUnchangedBy(this.#input) === true)
      return undefined
    while (this.#input !== undefined && this.#input.byteLength > 0) {
      const isOnePiece = this.#input.count === 1
      const input = this.#input.join()
      const found = this.#parse(input, input.length, isOnePiece)
      context.lines.forget()
      if (found !== 'again') return found
    }
    return undefined
  }

  /**
   * Parses the complete lines, and puts back what follows them.
   *
   * @param mayKeep Whether that may be kept without a copy.
   * @returns The head, or `again` if lines were parsed, or `undefined` if more bytes are needed.
   */
  #parse(input: Uint8Array, length: number, mayKeep: boolean): RequestEvent | 'again' | undefined {
    this.#head ??= new HeadParser(this.#context)
    const head = this.#head
    // One byte over the limit is enough to notice it. If content follows, some of it is decoded in vain, but looking for the end
    // of every head first would cost more.
    const text = decodeLatin1(input, 0, Math.min(length, head.room + 1))
    const parsed = head.parse(text, input)
    if (parsed < length) {
      const rest = input.subarray(parsed, length)
      this.#input ??= new InputQueue()
      this.#input.putBack(mayKeep ? rest : ownBytes(rest))
    }
    if (head.isOver) return this.#headEvent(head.head())
    if (head.hasBegun || !HeadParser.mayBeEmpty(text.slice(parsed))) this.state = 'head'
    if (parsed > 0) return 'again'
    if (this.#input !== undefined) head.wait(text, this.#input)
    return undefined
  }

  #headEvent(head: RequestHead): RequestEvent {
    this.state = 'content'
    this.#head = undefined
    if (this.#input?.byteLength === 0) this.#input = undefined
    this.#content = contentReader(head.framing, this.#context.limits)
    return { kind: 'head', head }
  }

  #readContent(): RequestEvent | undefined {
    const found = this.#content?.next(this.#input)
    if (found !== 'end') return found
    this.state = 'ended'
    this.#content = undefined
    return end
  }
}
