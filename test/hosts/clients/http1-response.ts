import { fields } from '@sluice/body'
import type { Fields } from '@sluice/body'
import type { Arrivals, Head } from './exchange.ts'

type State = 'head' | 'length' | 'chunk size' | 'chunk' | 'trailers' | 'to the end' | 'over'

/** Reads one response of HTTP/1.x from bytes, as far as they have come (RFC 9112 section 6.3). */
export class Http1Response {
  /** What has come after the response. */
  after = ''
  readonly #arrived: Arrivals
  readonly #method: string
  #state: State = 'head'
  #held: Buffer = Buffer.alloc(0)
  /** Bytes to come of the content or of the chunk. */
  #left = 0
  #isChunk = false

  constructor(arrived: Arrivals, method: string) {
    this.#arrived = arrived
    this.#method = method
  }

  feed(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    while (this.#step());
  }

  /** The server has ended its side. Only content without a length ends so, if the server meant it. */
  inputEnded(isMeant: boolean): void {
    this.#arrived.end(isMeant && this.#state === 'to the end' ? 'complete' : 'cut')
  }

  /** Takes one part; `false` if more bytes must come first. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#takeHead()
      case 'length':
      case 'chunk':
        return this.#takeContent()
      case 'chunk size':
        return this.#takeChunkSize()
      case 'trailers':
        return this.#takeTrailers()
      case 'to the end':
        return this.#takeAll()
      case 'over':
        this.after += this.#held.toString('latin1')
        this.#held = Buffer.alloc(0)
        return false
    }
  }

  /** Takes what stands before a mark, and the mark. */
  #takeTo(mark: string): string | undefined {
    const end = this.#held.indexOf(mark, 0, 'latin1')
    if (end < 0) return undefined
    const text = this.#held.toString('latin1', 0, end)
    this.#held = this.#held.subarray(end + mark.length)
    return text
  }

  #takeHead(): boolean {
    const text = this.#takeTo('\r\n\r\n')
    if (text === undefined) return false
    const [first = '', ...lines] = text.split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1])
    const head = { status, fields: fieldsOf(lines) }
    if (status < 200 && status !== 101) this.#arrived.inform(head)
    else this.#begin(head)
    return true
  }

  #begin(head: Head): void {
    this.#arrived.begin(head)
    const length = head.fields.get('content-length')
    const isBare = this.#method === 'HEAD' || [101, 204, 304].includes(head.status)
    if (isBare) this.#end()
    else if (head.fields.get('transfer-encoding') === 'chunked') this.#state = 'chunk size'
    else if (length === undefined) this.#state = 'to the end'
    else this.#expect(Number(length), false)
  }

  #expect(bytes: number, isChunk: boolean): void {
    this.#left = bytes
    this.#isChunk = isChunk
    this.#state = isChunk ? 'chunk' : 'length'
    if (bytes === 0 && !isChunk) this.#end()
  }

  #takeContent(): boolean {
    const part = this.#held.subarray(0, this.#left)
    if (part.length > 0) this.#arrived.add(part)
    this.#held = this.#held.subarray(part.length)
    this.#left -= part.length
    if (this.#left > 0) return false
    if (!this.#isChunk) this.#end()
    else {
      if (this.#held.length < 2) return false
      this.#takeTo('\r\n')
      this.#state = 'chunk size'
    }
    return true
  }

  #takeChunkSize(): boolean {
    const line = this.#takeTo('\r\n')
    if (line === undefined) return false
    const size = Number.parseInt(line, 16)
    if (size === 0) this.#state = 'trailers'
    else this.#expect(size, true)
    return true
  }

  #takeTrailers(): boolean {
    if (this.#held.subarray(0, 2).toString('latin1') === '\r\n') {
      this.#held = this.#held.subarray(2)
      this.#end()
      return true
    }
    const text = this.#takeTo('\r\n\r\n')
    if (text === undefined) return false
    this.#end(fieldsOf(text.split('\r\n')))
    return true
  }

  #takeAll(): boolean {
    if (this.#held.length > 0) this.#arrived.add(this.#held)
    this.#held = Buffer.alloc(0)
    return false
  }

  #end(trailers?: Fields): void {
    this.#state = 'over'
    this.#arrived.end('complete', trailers)
  }
}

const fieldsOf = (lines: readonly string[]): Fields =>
  fields(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
    }),
  )
