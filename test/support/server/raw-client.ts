import { connect } from 'node:net'
import { deferred, within } from '../within.ts'
import type { Socket } from 'node:net'

/** How a connection came to its end, as this side saw it. */
export type Ending = 'end' | 'reset'

/** Milliseconds after which what was waited for is taken never to come: a test that hangs says where. */
const bound = 15_000

/** A TCP connection that sends what it is told and keeps what comes. Text is Latin-1 both ways. */
export class RawClient {
  readonly socket: Socket
  /** How the server ended its side; never rejects. */
  readonly ending: Promise<Ending>
  /** All bytes that have come, taken or not. */
  receivedBytes = 0
  #parts: Buffer[] = []
  #partsBytes = 0
  #ended: Ending | undefined
  #wake = (): void => {}

  constructor(socket: Socket) {
    const { promise, resolve } = deferred<Ending>()
    const ended = (how: Ending) => {
      this.#ended ??= how
      resolve(how)
      this.#wake()
    }
    this.socket = socket
    this.ending = promise
    socket.on('data', (bytes: Buffer) => {
      this.receivedBytes += bytes.length
      this.#parts.push(bytes)
      this.#partsBytes += bytes.length
      this.#wake()
    })
    socket.on('end', () => ended('end'))
    socket.on('error', () => ended('reset'))
    socket.on('close', () => ended('reset'))
  }

  /** How the server ended its side, `undefined` while it has not. */
  get ended(): Ending | undefined {
    return this.#ended
  }

  /** What has come and has not been taken. */
  get text(): string {
    return this.#joined().toString('latin1')
  }

  send(content: string | Uint8Array): void {
    if (typeof content === 'string') this.socket.write(content, 'latin1')
    else this.socket.write(content)
  }

  /** Sends, and waits until the kernel has it all; `false` when the connection broke before. */
  sendAll(content: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.write(content, (error) => resolve(error === undefined || error === null))
    })
  }

  /** Takes so many bytes, once they have come. */
  async take(count: number): Promise<Buffer> {
    await this.#until(() => this.#partsBytes >= count, `${count} bytes`)
    return this.#taken(count)
  }

  /** Takes all up to a mark and the mark itself. */
  async takeTo(mark: string): Promise<string> {
    let end = -1
    await this.#until(() => {
      end = this.#joined().indexOf(mark, 0, 'latin1')
      return end >= 0
    }, JSON.stringify(mark))
    return this.#taken(end + mark.length).toString('latin1')
  }

  /** Takes all there is up to the end of the connection, however that comes. */
  async takeRest(): Promise<Buffer> {
    await within(bound, this.ending)
    return this.#taken(this.#partsBytes)
  }

  /** Waits until so many bytes in all have come. */
  async received(bytes: number): Promise<void> {
    await this.#until(() => this.receivedBytes >= bytes, `${bytes} bytes in all`)
  }

  /** Stops reading: what comes stays in the kernel, but for a piece or two. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Sends no more, and goes on reading. */
  halfClose(): void {
    this.socket.end()
  }

  /** Goes away without a word: RST. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Goes away as programs do that end: FIN where all has been read, RST where not. */
  destroy(): void {
    this.socket.destroy()
  }

  #joined(): Buffer {
    const [first] = this.#parts
    if (first !== undefined && this.#parts.length === 1) return first
    const joined = Buffer.concat(this.#parts)
    this.#parts = [joined]
    return joined
  }

  #taken(count: number): Buffer {
    const joined = this.#joined()
    this.#parts = [joined.subarray(count)]
    this.#partsBytes -= count
    return joined.subarray(0, count)
  }

  async #until(come: () => boolean, what: string): Promise<void> {
    while (!come()) {
      if (this.#ended !== undefined) throw this.#missing(what, `found the ${this.#ended}`)
      const { promise, resolve } = deferred()
      this.#wake = resolve
      await within(bound, promise).catch((error) => {
        throw this.#missing(what, error.message)
      })
    }
  }

  #missing(what: string, found: string): Error {
    const there = JSON.stringify(this.text.slice(0, 200))
    return new Error(
      `Cannot take ${what}: ${found}, with ${this.#partsBytes} bytes there: ${there}`,
    )
  }
}

/** Connects to a port of this machine. */
export const connectTo = (port: number, host = '127.0.0.1'): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
    const client = new RawClient(socket)
    socket.once('connect', () => resolve(client))
    socket.once('error', reject)
  })
