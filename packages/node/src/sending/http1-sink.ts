import { Buffer } from 'node:buffer'
import { ServerResponse, STATUS_CODES } from 'node:http'
import { breakOffSoon } from '@sluice/stack/host'
import { cutLayer } from './cut-layer.ts'
import { endSoftly } from './end-softly.ts'
import { flushLayer } from './flush-layer.ts'
import { whenQueuedClosed } from './when-queued-closed.ts'
import { writeHeadBeside } from './write-head-beside.ts'
import type { Socket } from 'node:net'
import type { Fields } from '@sluice/body'
import type { ResponseHead } from './response-head.ts'
import type { ResponseSink, Written } from './response-sink.ts'

/** The methods of a `res` by which a response is written: its own, or those that stood there before others replaced them. */
export type Http1Methods = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'addTrailers'>

/** Parts of at most so many bytes on average, and so many together, are joined: otherwise each would be a chunk. */
const smallPartBytes = 4096
const joinedBytes = 65_536

/** Content of at most this many bytes goes out as one string with the head, which the socket copies once. */
const shortBytes = 4096

/** The method of `Buffer` takes any bytes. */
const { latin1Slice } = Buffer.prototype

/** Another one is that of a layer, such as on-headers. */
const nativeWriteHead = ServerResponse.prototype.writeHead

/** A response by `res` of `node:http`. */
export class Http1Sink implements ResponseSink {
  readonly #res: ServerResponse
  readonly #via: Http1Methods
  /** Whether only the end of the connection ends the content (RFC 9112 6.3). */
  #endsWithConnection = false
  #isChunked = false

  constructor(res: ServerResponse, via: Http1Methods = res) {
    this.#res = res
    this.#via = via
  }

  get headSent(): boolean {
    return this.#res.headersSent
  }

  get closed(): boolean {
    const res = this.#res
    return res.destroyed || res.closed || (res.socket === null && res.req.socket.destroyed)
  }

  whenClosed(call: (isComplete: boolean) => void): void {
    const res = this.#res
    if (this.closed) return call(res.writableFinished)
    res.once('close', () => call(res.writableFinished))
    if (res.socket === null && !res.writableEnded) whenQueuedClosed(res, () => call(false))
  }

  sendWhole(head: ResponseHead, content: string | Uint8Array | undefined): void {
    this.writeHead(head)
    if (content === undefined) this.#via.end()
    else if (typeof content === 'string') this.#via.end(content, 'latin1')
    else if (content.length > shortBytes) this.#via.end(content)
    else this.#via.end(textOf(content), 'latin1')
  }

  writeHead(head: ResponseHead): void {
    const res = this.#res
    const via = this.#via
    const { statusMessage } = res
    this.#endsWithConnection = head.length === undefined && res.req.httpVersion === '1.0'
    // Not by `res.chunkedEncoding`: a middleware may hold the head.
    this.#isChunked = head.hasContent && head.length === undefined && !this.#endsWithConnection
    try {
      if (via.writeHead === nativeWriteHead && res.getHeaderNames().length === 0)
        via.writeHead(head.status, head.flat)
      else writeHeadBeside(res, (status) => via.writeHead(status), head, this.#isChunked)
    } catch (error) {
      // Node keeps that of a status which it has not sent.
      if (!res.headersSent) res.statusMessage = statusMessage
      throw error
    }
  }

  write(parts: readonly Uint8Array[], written: Written): boolean {
    const [first] = parts
    if (first !== undefined && parts.length === 1) return this.#via.write(first, written)
    const joined = joinSmall(parts)
    if (joined !== undefined) return this.#via.write(joined, written)
    let hasRoom = true
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]
      if (part !== undefined)
        hasRoom = i === parts.length - 1 ? this.#via.write(part, written) : this.#via.write(part)
    }
    return hasRoom
  }

  flushHead(written: Written): void {
    // An empty write is no chunk. Unlike `flushHeaders`, it says when it is done.
    this.#via.write('', 'latin1', written)
  }

  flushed(): void {
    flushLayer(this.#res)
  }

  end(trailers: Fields | undefined): void {
    if (trailers !== undefined && this.#isChunked) this.#via.addTrailers(linesOf(trailers))
    this.#via.end()
  }

  cut(): void {
    if (this.#via === this.#res && cutLayer(this.#res)) return
    const { socket, req } = this.#res
    if (socket === null || socket.destroyed) return void this.#res.destroy()
    if (this.#endsWithConnection) return breakOffSoon(socket, !('encrypted' in socket))
    if (req.complete) return socket.destroySoon()
    // The parser pauses the socket while the content is not read.
    req.resume()
    endSoftly(socket)
  }

  /** Not if the client still sends, which would lose it the response, or has sent another request. */
  closeConnection(): void {
    const { req } = this.#res
    this.whenClosed(() => {
      if (req.complete && isIdle(req.socket)) req.socket.destroySoon()
    })
  }

  inform(status: number, flat: readonly string[]): void {
    const { socket, req } = this.#res
    if (req.httpVersion === '1.0') return
    const head = informationalHead(status, flat)
    if (socket !== null) socket.write(head, 'latin1')
    // A pipelined request gets its socket when the responses before it are complete.
    else this.#res.once('socket', (later: Socket) => later.write(head, 'latin1'))
  }

  sendContinue(): void {
    this.#res.writeContinue()
  }
}

/** Whether Node sends no response by a socket. */
const isIdle = (socket: Socket & { readonly _httpMessage?: unknown }): boolean =>
  (socket._httpMessage ?? undefined) === undefined

/** A `Buffer` over the same memory costs more than the text. */
const textOf = (bytes: Uint8Array): string => latin1Slice.call(bytes, 0, bytes.length)

const linesOf = (fields: Fields): [string, string][] =>
  Array.from(fields, ([name, value]) => [name, value])

/** One part of many small ones, or `undefined`. */
const joinSmall = (parts: readonly Uint8Array[]): Uint8Array | undefined => {
  let bytes = 0
  for (const part of parts) bytes += part.length
  return bytes <= joinedBytes && bytes <= parts.length * smallPartBytes
    ? Buffer.concat(parts, bytes)
    : undefined
}

const informationalHead = (status: number, flat: readonly string[]): string => {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < flat.length; i += 2) head += `${flat[i] ?? ''}: ${flat[i + 1] ?? ''}\r\n`
  return `${head}\r\n`
}
