import { within } from '../../support/within.ts'
import { Exchange, patience, whenSent } from './exchange.ts'
import { Http1Response } from './http1-response.ts'
import type { Socket } from 'node:net'
import type { Ask } from './exchange.ts'

/** A request on a raw connection of its own. Text is Latin-1. */
export class Http1Exchange extends Exchange {
  readonly #socket: Socket
  readonly #below: Socket
  readonly #isChunked: boolean
  readonly #response: Http1Response
  /** That the server has ended its side. */
  readonly #closed: Promise<void>

  /**
   * @param socket What is spoken on.
   * @param below The TCP connection: `socket` itself, unless that is TLS.
   * @param hasEnded Whether an end of the connection is one that the server meant.
   */
  constructor(
    socket: Socket,
    below: Socket,
    hasEnded: () => boolean,
    target: string,
    ask: Ask = {},
  ) {
    super()
    const { method = 'GET', headers = {}, content = false, version = '1.1' } = ask
    this.#socket = socket
    this.#below = below
    this.#response = new Http1Response(this.arrived, method)
    this.#isChunked = content && !('content-length' in headers)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    if (this.#isChunked) lines.push('transfer-encoding: chunked\r\n')
    socket.on('data', (bytes: Buffer) => this.#response.feed(bytes))
    socket.on('end', () => this.#response.inputEnded(hasEnded()))
    this.#closed = new Promise((resolve) => {
      socket.on('end', resolve)
      socket.on('close', resolve)
    })
    socket.on('error', () => this.arrived.end('cut'))
    socket.on('close', () => this.arrived.end('cut'))
    socket.write(`${method} ${target} HTTP/${version}\r\nhost: a.example\r\n${lines.join('')}\r\n`)
  }

  override get localPort(): number | undefined {
    return this.#below.localPort
  }

  /** What has come after the response; all there is after an Upgrade. */
  get after(): string {
    return this.#response.after
  }

  override send(content: string, done?: () => void): void {
    const size = content.length.toString(16)
    this.sendRaw(this.#isChunked ? `${size}\r\n${content}\r\n` : content, done)
  }

  /** Waits until this has come after the response. */
  async contentAfter(wanted: string): Promise<void> {
    while (this.after.length < wanted.length)
      await within(patience.ms, new Promise((resolve) => this.#socket.once('data', resolve)))
    if (this.after !== wanted)
      throw new Error(`Cannot go on: found ${this.after}, wanted ${wanted}`)
  }

  /** Sends bytes as they are, without a frame around them. */
  sendRaw(text: string, done?: () => void): void {
    this.#socket.write(text, 'latin1', whenSent(done))
  }

  override finish(trailers: Readonly<Record<string, string>> = {}): void {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`)
    if (this.#isChunked) this.sendRaw(`0\r\n${lines.join('')}\r\n`)
  }

  override stall(): void {
    this.#socket.pause()
  }

  override goOn(): void {
    this.#socket.resume()
  }

  override leave(): void {
    this.#below.resetAndDestroy()
  }

  override async untilClosed(): Promise<string> {
    await within(patience.ms, this.#closed)
    return this.after
  }

  override close(): void {
    this.#socket.destroy()
    this.#below.destroy()
  }
}
