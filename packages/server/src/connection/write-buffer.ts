import { BodyError } from '@sluice/body'
import { settleReceipt } from '@sluice/body/engine'
import type { Socket } from 'node:net'
import type { Receipt } from '@sluice/body'
import type { ErrorReports } from '@sluice/body/engine'

/** Under so many bytes, parts are joined by a copy into one buffer: cheaper than a vector write of them. */
const joinBytes = 16_384

/** Under so many bytes on average, parts are joined however many they are: a write of each costs more. */
const smallPartBytes = 256

type Part = string | Uint8Array

/**
 * What is gathered for the next write to a socket.
 *
 * Text is latin1. Bytes are not copied but where small parts are joined. A write has no call-back of ours: what the kernel has
 * not taken is what the socket still holds.
 */
export class Output {
  /** Bytes gathered and not written. */
  gatheredBytes = 0
  readonly #socket: Socket
  readonly #reports: ErrorReports
  readonly #takesAtOnce: boolean
  /** The first part, and those after it: an array that has ever held something keeps 17 places. */
  #first: Part | undefined
  #more: Part[] | undefined
  /** Receipts that wait for the socket: those after them wait for them, too. */
  #receipts = 0

  /** @param takesAtOnce Whether a write that there is room for is over when it returns; under TLS it is not. */
  constructor(socket: Socket, reports: ErrorReports, takesAtOnce: boolean) {
    this.#socket = socket
    this.#reports = reports
    this.#takesAtOnce = takesAtOnce
  }

  /** Adds text, or bytes. */
  add(part: Part): void {
    if (this.#first === undefined) this.#first = part
    else if (this.#more === undefined) this.#more = [part]
    else this.#more.push(part)
    this.gatheredBytes += part.length
  }

  /** Whether the socket takes more now; when it does not, it says `drain` once it does. */
  get hasRoom(): boolean {
    const socket = this.#socket
    // After a large write that the kernel took at once Node wants a `drain` all the same, a tick later: without that wait a
    // download takes 0.96 of the time.
    return !socket.writableNeedDrain || socket.writableLength === 0
  }

  /** Bytes written that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** Bytes that the kernel has taken. */
  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  /** Writes what is gathered. */
  write(): void {
    const first = this.#first
    if (first === undefined) return
    const more = this.#more
    const total = this.gatheredBytes
    this.#first = undefined
    this.gatheredBytes = 0
    if (more === undefined) return this.#one(first)
    this.#more = undefined
    if (total <= joinBytes) return this.#joined(first, more, total)
    if (total <= more.length * smallPartBytes) return this.#one(joinAll(first, more, total))
    this.#socket.cork()
    this.#one(first)
    for (const part of more) this.#one(part)
    this.#socket.uncork()
  }

  /** Writes what is gathered, and tells the receipt when the kernel has all that was written so far. */
  flush(sent: Receipt | undefined): void {
    this.write()
    if (sent === undefined) return
    const socket = this.#socket
    // A write that fails at once leaves nothing waiting, and destroys the socket a moment later.
    if (socket.destroyed || socket.errored) return this.#tell(sent, flushLost())
    // The socket has room, and says so, before it calls back for what it had.
    if (socket.writableLength === 0 && this.#receipts === 0) return this.#tell(sent)
    this.#receipts++
    // Nothing, behind all that waits: its call-back is the receipt. One that is destroyed calls back without an error too.
    socket.write('', (error) => {
      this.#receipts--
      this.#tell(sent, error || socket.destroyed ? flushLost() : undefined)
    })
  }

  #joined(first: Part, more: readonly Part[], total: number): void {
    const joined = join(first, more, total)
    if (!this.#takesAtOnce) return this.#one(Buffer.from(joined))
    this.#one(joined)
    // Some of it waits, here or in the kernel's place: it is its own now.
    if (this.#socket.writableLength > 0) {
      scratch = Buffer.allocUnsafeSlow(joinBytes)
      joinedView = scratch
    }
  }

  #one(part: Part): void {
    if (typeof part === 'string') this.#socket.write(part, 'latin1')
    else this.#socket.write(part)
  }

  #tell(sent: Receipt, lost?: unknown): void {
    settleReceipt(sent, lost, this.#reports)
  }
}

const flushLost = () =>
  new BodyError('FLUSH_LOST', 'Cannot send the flush: the connection ended before it')

/**
 * Where small parts are joined, for one write after the other: what the kernel takes at once needs the bytes no more, and most
 * answers it takes at once. Memory of its own for each would be garbage at once.
 */
let scratch: Buffer = Buffer.allocUnsafeSlow(joinBytes)
let joinedView: Buffer = scratch

/** Joins parts into memory of their own. */
const joinAll = (first: Part, more: readonly Part[], total: number): Buffer => {
  const joined = Buffer.allocUnsafe(total)
  let at = put(first, 0, joined)
  for (const part of more) at = put(part, at, joined)
  return joined
}

const join = (first: Part, more: readonly Part[], total: number): Buffer => {
  let at = put(first, 0)
  for (const part of more) at = put(part, at)
  // Answers that are alike are as long: no view for each.
  if (joinedView.length !== total) joinedView = scratch.subarray(0, total)
  return joinedView
}

const put = (part: Part, at: number, target: Buffer = scratch): number => {
  if (typeof part === 'string') return at + target.write(part, at, 'latin1')
  target.set(part, at)
  return at + part.length
}
