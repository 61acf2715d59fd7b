import type { RequestHead, RequestParser } from '@sluice/server/http1'

/** A request as the parser gave it. Text is Latin-1. */
export interface ParsedRequest {
  readonly head: RequestHead
  readonly data: string
  readonly trailers: readonly (readonly [string, string])[]
  /** Whether its end came. */
  readonly whole: boolean
}

/** What became of all bytes: where the parser stands after them, or the code with which it refused. */
export interface Parsed {
  readonly requests: readonly ParsedRequest[]
  readonly end: string
}

/** Parses pieces with this parser, one request after another. It imports no parser of its own. */
export const feedPieces = (parser: RequestParser, pieces: Iterable<Uint8Array>): Parsed => {
  const requests: ParsedRequest[] = []
  for (const piece of pieces) {
    parser.receive(piece)
    try {
      takeEvents(parser, requests)
    } catch (error) {
      // What comes after a refusal is nobody's.
      parser.receive(piece)
      if (parser.next() !== undefined) throw new Error('an event after a refusal')
      return { requests, end: codeOf(error) }
    }
  }
  return { requests, end: parser.state }
}

const takeEvents = (parser: RequestParser, requests: ParsedRequest[]) => {
  for (;;) {
    const event = parser.next()
    if (event === undefined) return
    if (event.kind === 'head') {
      requests.push({ head: event.head, data: '', trailers: [], whole: false })
      continue
    }
    const request = requests.pop()
    if (request === undefined || request.whole) throw new Error(`${event.kind} without a head`)
    switch (event.kind) {
      case 'data':
        if (event.bytes.length === 0) throw new Error('empty data')
        requests.push({ ...request, data: request.data + latin1Of(event.bytes) })
        break
      case 'trailers':
        requests.push({ ...request, trailers: [...event.fields] })
        break
      case 'end':
        requests.push({ ...request, whole: true })
        parser.nextRequest()
    }
  }
}

const latin1Of = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** The code of a refusal; anything else thrown is a fault of the parser. */
const codeOf = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && 'status' in error) return String(error.code)
  throw error
}
