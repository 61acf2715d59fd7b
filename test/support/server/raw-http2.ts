import { connect } from 'node:net'
import { deferred } from '../within.ts'
import type { Socket } from 'node:net'

// A client of HTTP/2 (RFC 9113) that sends exactly the frames that a test names: Node's own ends an upload before it resets its
// stream, and opens windows by itself. Here none is opened but by `openWindow`.

/** The error codes of RFC 9113 section 7 that clients leave with. */
export const resetCodes = { NO_ERROR: 0, PROTOCOL_ERROR: 1, INTERNAL_ERROR: 2, CANCEL: 8 } as const

const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, window: 8 } as const
const endStream = 0x1
const endHeaders = 0x4
const ack = 0x1
const initialWindowSize = 0x4

/** What has arrived on a stream. */
export interface RawStream {
  text: string
  /** Whether the head of a response has come. */
  hasHead: boolean
  /** Whether END_STREAM has come. */
  isWhole: boolean
  /** The code of RST_STREAM, which may also follow the end. */
  reset: number | undefined
}

export class RawHttp2 {
  readonly socket: Socket
  readonly #streams = new Map<number, RawStream>()
  /** What the server has opened, without what was sent. */
  readonly #windows = new Map<number, number>()
  #received: Buffer = Buffer.alloc(0)
  #lastStream = -1
  #pings = 0
  #pongs = 0
  #more = deferred()
  #isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  /** @param windowBytes That of each stream, 65,535 by default, as of the connection. */
  static async connect(port: number, windowBytes = 65_535): Promise<RawHttp2> {
    const socket = connect(port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const client = new RawHttp2(socket)
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const setting = Buffer.alloc(6)
    setting.writeUInt16BE(initialWindowSize)
    setting.writeUInt32BE(windowBytes, 2)
    client.#send(types.settings, 0, 0, setting)
    return client
  }

  /** Sends the head of a request, and gives the number of its stream. */
  ask(target: string, { uploads = false }: { readonly uploads?: boolean } = {}): number {
    this.#lastStream += 2
    const fields = [
      [':method', uploads ? 'POST' : 'GET'],
      [':scheme', 'http'],
      [':path', target],
      [':authority', 'a.example'],
    ]
    const flags = endHeaders | (uploads ? 0 : endStream)
    this.#streams.set(this.#lastStream, {
      text: '',
      hasHead: false,
      isWhole: false,
      reset: undefined,
    })
    this.#send(types.headers, flags, this.#lastStream, Buffer.concat(fields.map(literalField)))
    return this.#lastStream
  }

  /** Sends content of at most 16,384 bytes. Whether the windows have room is for the test to ask. */
  send(stream: number, content: string, isLast = false): void {
    for (const each of [0, stream]) this.#windows.set(each, this.windowOf(each) - content.length)
    this.#send(types.data, isLast ? endStream : 0, stream, Buffer.from(content, 'latin1'))
  }

  reset(stream: number, code: number): void {
    this.#send(types.reset, 0, stream, number32(code))
  }

  /** @param code Of RFC 9113 section 7. */
  goAway(code: number): void {
    this.#send(types.goAway, 0, 0, Buffer.concat([number32(0), number32(code)]))
  }

  /** @param stream 0 is the connection. */
  openWindow(stream: number, bytes: number): void {
    this.#send(types.window, 0, stream, number32(bytes))
  }

  /** How many bytes may be sent on a stream; 0 is the connection. */
  windowOf(stream: number): number {
    return this.#windows.get(stream) ?? 65_535
  }

  streamOf(stream: number): RawStream {
    const found = this.#streams.get(stream)
    if (found === undefined) throw new Error(`Cannot find the stream ${stream}: none was begun`)
    return found
  }

  /** Goes to the server and back: what was sent before, the server has read. */
  async round(): Promise<void> {
    const number = ++this.#pings
    this.#send(types.ping, 0, 0, Buffer.alloc(8))
    await this.#until(() => this.#pongs >= number, 'an answered PING')
  }

  /** Goes round until a count has not changed for 25 rounds. */
  async standstill(count: () => number): Promise<number> {
    let last = count()
    for (let quiet = 0; quiet < 25; quiet++) {
      await this.round()
      if (count() === last) continue
      last = count()
      quiet = 0
    }
    return last
  }

  /** Waits until a text has arrived on a stream. */
  async arrived(stream: number, text: string): Promise<void> {
    await this.#until(() => this.streamOf(stream).text.includes(text), `${text} on ${stream}`)
  }

  /** Waits for the end of a stream. */
  async ended(stream: number): Promise<RawStream> {
    const found = this.streamOf(stream)
    const hasEnded = () => found.isWhole || found.reset !== undefined
    await this.#until(hasEnded, `the end of ${stream}`)
    return found
  }

  /** Waits until the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#isClosed) await this.#more.promise
  }

  async #until(come: () => boolean, what: string): Promise<void> {
    while (!come()) {
      if (this.#isClosed) throw new Error(`Cannot wait for ${what}: the connection has closed`)
      await this.#more.promise
    }
  }

  #wake(): void {
    const { resolve } = this.#more
    this.#more = deferred()
    resolve()
  }

  #send(type: number, flags: number, stream: number, payload: Buffer): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.writeUInt8(type, 3)
    head.writeUInt8(flags, 4)
    head.writeUInt32BE(stream, 5)
    this.socket.write(Buffer.concat([head, payload]))
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    while (this.#received.length >= 9) {
      const end = 9 + this.#received.readUIntBE(0, 3)
      if (this.#received.length < end) break
      const head = this.#received.subarray(0, 9)
      const payload = this.#received.subarray(9, end)
      this.#received = this.#received.subarray(end)
      this.#frame(head.readUInt8(3), head.readUInt8(4), head.readUInt32BE(5), payload)
    }
    this.#wake()
  }

  #frame(type: number, flags: number, number: number, payload: Buffer): void {
    if (type === types.settings && (flags & ack) === 0)
      this.#send(types.settings, ack, 0, Buffer.alloc(0))
    if (type === types.ping) {
      if ((flags & ack) === 0) this.#send(types.ping, ack, 0, payload)
      else this.#pongs++
    }
    if (type === types.window)
      this.#windows.set(number, this.windowOf(number) + payload.readUInt32BE(0))
    const stream = this.#streams.get(number)
    if (stream === undefined) return
    if (type === types.headers) stream.hasHead = true
    if (type === types.data) stream.text += payload.toString('latin1')
    if (type === types.reset) stream.reset = payload.readUInt32BE(0)
    else if ((type === types.data || type === types.headers) && (flags & endStream) !== 0)
      stream.isWhole = true
  }
}

const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A field without indexing, and its name and value without Huffman's code (RFC 7541 6.2.2). */
const literalField = ([name = '', value = '']: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
