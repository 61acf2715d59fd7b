import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** RFC 5246 section 6.2.1: the type of a record, its version, and its length. */
const headerBytes = 5
const alertType = 21

/**
 * A connection below TLS 1.2 that looks at the types of records.
 *
 * Content that ends with the connection is complete only if an alert, the last record, says so (RFC 5246 section 7.2.1). Node's
 * client does not tell its user.
 */
export class TlsTap extends Duplex {
  readonly #below: Socket
  /** Whether the last record that has come is an alert. */
  endedByAlert = false
  #header: number[] = []
  #left = 0

  constructor(below: Socket) {
    super()
    this.#below = below
    below.on('data', (bytes: Buffer) => {
      this.#look(bytes)
      if (!this.push(bytes)) below.pause()
    })
    below.on('end', () => this.push(null))
    below.on('error', (error) => this.destroy(error))
    below.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#below.resume()
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#below.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#below.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#below.destroy()
    done(error)
  }

  #look(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const skipped = Math.min(this.#left, bytes.length - at)
      this.#left -= skipped
      at += skipped
      const byte = bytes[at]
      if (this.#left > 0 || byte === undefined) return
      this.#header.push(byte)
      at++
      if (this.#header.length === headerBytes) this.#beginRecord(this.#header)
    }
  }

  #beginRecord([type, , , high = 0, low = 0]: readonly number[]): void {
    this.endedByAlert = type === alertType
    this.#left = high * 256 + low
    this.#header = []
  }
}
