import { BodyError } from '@sluice/body'
import type { Socket } from 'node:net'
import type { Receipt } from '@sluice/body'

/** Under so many bytes, parts are joined by a copy into one buffer: cheaper than a vector write of them. */
const joinBytes = 16_384

/**
 * What is gathered for the next write to a socket, and what has been written and not yet been taken by the kernel.
 *
 * Text is latin1. Bytes are not copied but where small parts are joined.
 */
export class Output {
  /** Bytes gathered and not written. */
  gatheredBytes = 0
  /** Writes that the kernel has not taken whole. */
  unfinished = 0
  /** Whether a write has come to its end since it was last asked. */
  progressed = false
  readonly #socket: Socket
  readonly #report: (error: unknown) => void
  #parts: (string | Uint8Array)[] = []
  #written = 0
  #receipts: { readonly write: number; readonly sent: Receipt }[] = []

  constructor(socket: Socket, report: (error: unknown) => void) {
    this.#socket = socket
    this.#report = report
  }

  text(part: string): void {
    this.#parts.push(part)
    this.gatheredBytes += part.length
  }

  bytes(part: Uint8Array): void {
    this.#parts.push(part)
    this.gatheredBytes += part.length
  }

  /** Whether the socket takes more now; when it does not, it says `drain` once it does. */
  get hasRoom(): boolean {
    return !this.#socket.writableNeedDrain
  }

  /** Writes what is gathered. */
  write(): void {
    const parts = this.#parts
    const [first] = parts
    if (first === undefined) return
    this.#parts = []
    const total = this.gatheredBytes
    this.gatheredBytes = 0
    if (parts.length === 1) this.#one(first)
    else if (total <= joinBytes) this.#one(join(parts, total))
    else {
      this.#socket.cork()
      for (const part of parts) this.#one(part)
      this.#socket.uncork()
    }
  }

  /** Writes what is gathered, and tells the receipt when the kernel has all that was written so far. */
  flush(sent: Receipt | undefined): void {
    this.write()
    if (sent === undefined) return
    if (this.unfinished === 0) this.#tell(sent)
    else this.#receipts.push({ write: this.#written, sent })
  }

  /** Tells whoever waits that nothing more will be sent. */
  lose(): void {
    const receipts = this.#receipts
    this.#receipts = []
    for (const { sent } of receipts) this.#tell(sent, flushLost())
  }

  #one(part: string | Uint8Array): void {
    this.#written++
    this.unfinished++
    if (typeof part === 'string') this.#socket.write(part, 'latin1', this.#taken)
    else this.#socket.write(part, this.#taken)
  }

  readonly #taken = (error?: Error | null): void => {
    this.unfinished--
    this.progressed = true
    // Node calls back without an error for what was under way when the socket was destroyed.
    if ((error !== undefined && error !== null) || this.#socket.destroyed) return this.lose()
    const taken = this.#written - this.unfinished
    while (this.#receipts[0] !== undefined && this.#receipts[0].write <= taken) {
      const receipt = this.#receipts.shift()
      if (receipt !== undefined) this.#tell(receipt.sent)
    }
  }

  /** A receipt is somebody else's code; what it throws must not reach the socket. */
  #tell(sent: Receipt, lost?: unknown): void {
    try {
      if (lost === undefined) sent()
      else sent(lost)
    } catch (error) {
      this.#report(error)
    }
  }
}

const flushLost = () =>
  new BodyError('FLUSH_LOST', 'Cannot send the flush: the connection ended before it')

const join = (parts: readonly (string | Uint8Array)[], total: number): Uint8Array => {
  const joined = Buffer.allocUnsafe(total)
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') at += joined.write(part, at, 'latin1')
    else {
      joined.set(part, at)
      at += part.length
    }
  }
  return joined
}
