import { settleReceipt } from '@sluice/body/engine'
import { flushLost } from '@sluice/stack/host'
import { copyBytes } from '../http1/platform-bytes.ts'
import { joinBytes, joinIntoShared, joinParts, keepShared } from './join-parts.ts'
import type { Receipt } from '@sluice/body'
import type { ErrorReports } from '@sluice/body/engine'
import type { Part } from './join-parts.ts'
import type { ClientSocket } from './socket-listener.ts'

/** Parts of fewer bytes on average are joined, however many they are: a write of each costs more. */
const smallPartBytes = 256

/** `#heldAt` if no content is held. */
const nothingHeld = -1

/** Chooses where the error of a receipt is reported, when its flush is written: it may settle when its request is over. */
export interface ReceiptReporter {
  receiptReports(): ErrorReports
}

/**
 * Gathers what goes out with the next write to a socket.
 *
 * Parts are ready as soon as they are added. Content is held back until `release` puts its framing around it: the size of a
 * chunk is known only then, and a response that fails before can still become another. Bytes are copied only if small parts
 * are joined, or lent. Writes of content have no callback; a receipt that must wait has one, on an empty write.
 */
export class WriteBuffer {
  /** Bytes that the next write takes. */
  readyBytes = 0
  /** Bytes of content that are held back. */
  heldBytes = 0
  /** Whether a write that there is room for is over when it returns; under TLS it is not. */
  readonly takesAtOnce: boolean
  readonly #socket: ClientSocket
  readonly #reporter: ReceiptReporter
  /** Let go with each write: an array that has ever held something keeps 17 places. */
  #parts: Part[] | undefined
  /** The place of the first part that is held back. All after it are held back, too. */
  #heldAt: number = nothingHeld
  /** Receipts that wait for the socket: those after them wait for them, too. */
  #receipts = 0

  constructor(socket: ClientSocket, reporter: ReceiptReporter, takesAtOnce: boolean) {
    this.#socket = socket
    this.#reporter = reporter
    this.takesAtOnce = takesAtOnce
  }

  /** Adds a part in front of the content that is held back. */
  add(part: Part): void {
    this.readyBytes += part.length
    if (this.#parts === undefined) this.#parts = [part]
    else if (this.#heldAt === nothingHeld) this.#parts.push(part)
    else this.#parts.splice(this.#heldAt++, 0, part)
  }

  /** Adds content, and holds it back. */
  hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.heldBytes += bytes.length
    if (this.#heldAt === nothingHeld) this.#heldAt = this.#parts?.length ?? 0
    if (this.#parts === undefined) this.#parts = [bytes]
    else this.#parts.push(bytes)
  }

  /**
   * Adds content whose memory is reused before the next is added, and holds it back. Only if `takesAtOnce`.
   *
   * @returns Whether it has to be written at once, and nothing may be added until there is room: then the socket holds none of it any
   *   more. After a smaller write there may be room although the socket still holds some of it, so few bytes are copied.
   */
  holdLent(bytes: Uint8Array): boolean {
    const mustLeave = bytes.length >= this.#socket.writableHighWaterMark
    this.hold(mustLeave ? bytes : copyBytes(bytes))
    return mustLeave
  }

  /** Makes the content that is held back ready, between two texts. */
  release(before: string, after: string): void {
    if (before !== '') this.add(before)
    this.readyBytes += this.heldBytes
    this.heldBytes = 0
    this.#heldAt = nothingHeld
    if (after !== '') this.add(after)
  }

  /** Forgets the content that is held back. */
  drop(): void {
    if (this.#heldAt === nothingHeld) return
    this.#parts?.splice(this.#heldAt)
    this.heldBytes = 0
    this.#heldAt = nothingHeld
  }

  /** Whether the socket takes more now; if not, it says `drain` once it does. */
  get hasRoom(): boolean {
    const socket = this.#socket
    // After a large write that the kernel took at once Node wants a `drain` all the same, a tick later. Not waiting for it
    // makes downloads faster.
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

  /** Writes what is ready. */
  write(): void {
    const total = this.readyBytes
    if (total === 0) return
    this.readyBytes = 0
    const parts = this.#takeReady()
    if (parts.length === 1) return this.#writePart(parts[0] ?? '')
    if (total <= joinBytes) return this.#writeJoined(parts, total)
    if (total <= parts.length * smallPartBytes) return this.#writePart(joinParts(parts, total))
    this.#socket.cork()
    for (const part of parts) this.#writePart(part)
    this.#socket.uncork()
  }

  /** Writes what is ready, and settles the receipt when the kernel has all that was written so far. */
  flush(sent: Receipt | undefined): void {
    this.write()
    if (sent === undefined) return
    const socket = this.#socket
    const reports = this.#reporter.receiptReports()
    // A write that fails at once leaves nothing waiting, and destroys the socket a moment later.
    if (socket.destroyed || socket.errored) return settleReceipt(sent, flushLost(), reports)
    // Node's count falls to 0, and `drain` comes, before the callbacks of earlier writes. A receipt settled here could overtake
    // one that waits, so it queues too.
    if (socket.writableLength === 0 && this.#receipts === 0)
      return settleReceipt(sent, undefined, reports)
    this.#receipts++
    // An empty write behind all that waits: its callback is the receipt. A destroyed socket calls back without an error too.
    socket.write('', (error) => {
      this.#receipts--
      settleReceipt(sent, error || socket.destroyed ? flushLost() : undefined, reports)
    })
  }

  /** All parts, unless content is held back: an informational response may be written before it. */
  #takeReady(): readonly Part[] {
    const parts = this.#parts ?? []
    if (this.#heldAt === nothingHeld) {
      this.#parts = undefined
      return parts
    }
    const ready = parts.splice(0, this.#heldAt)
    this.#heldAt = 0
    return ready
  }

  #writeJoined(parts: readonly Part[], total: number): void {
    if (!this.takesAtOnce) return this.#writePart(joinParts(parts, total))
    this.#writePart(joinIntoShared(parts, total))
    if (this.#socket.writableLength > 0) keepShared()
  }

  #writePart(part: Part): void {
    if (typeof part === 'string') this.#socket.write(part, 'latin1')
    else this.#socket.write(part)
  }
}
