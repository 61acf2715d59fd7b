import { BodyError, isData, isFlush } from '@sluice/body'
import { settleReceipt } from '@sluice/body/engine'
import type { AnyFrame, Flush, Receipt } from '@sluice/body'

/**
 * A place in the line of a shared source: a frame, or, at the end of the line, the empty place for the next frame.
 *
 * Readers point into the line. A slot that all readers have passed is garbage.
 */
export interface Slot {
  frame: AnyFrame | undefined
  next: Slot | undefined
  /** Its length in bytes. A frame that is not data counts as one byte, so that an endless row of them is bounded too. */
  bytes: number
  /** Readers that have not taken it. */
  left: number
  receipt: SharedReceipt | undefined
}

export const emptySlot = (): Slot => ({
  frame: undefined,
  next: undefined,
  bytes: 0,
  left: 0,
  receipt: undefined,
})

/** Puts a frame for `readers` into the last slot of a line; gives the new last one. */
export const fillSlot = (slot: Slot, frame: AnyFrame, readers: number): Slot => {
  const next = emptySlot()
  slot.frame = frame
  slot.bytes = isData(frame) ? frame.bytes.length : 1
  slot.left = readers
  if (isFlush(frame) && frame.sent !== undefined)
    slot.receipt = new SharedReceipt(frame.sent, readers)
  slot.next = next
  return next
}

/** The frame of a slot for one reader: a flush gets a receipt of its own, or none if it is replayed. */
export const frameFor = ({ frame, receipt }: Slot, replayed: boolean): AnyFrame | undefined => {
  if (receipt === undefined) return frame
  const flush: Flush = replayed ? { kind: 'flush' } : { kind: 'flush', sent: receipt.part() }
  return flush
}

/** One receipt for many readers: called when the flush is settled for all of them, as lost only if each of them has lost it. */
export class SharedReceipt {
  readonly #sent: Receipt
  #left: number
  #anySent = false
  /** The reason of the first reader that lost it. */
  #lost: unknown

  constructor(sent: Receipt, readers: number) {
    this.#sent = sent
    this.#left = readers
  }

  /** A receipt for one of the readers. */
  part(): Receipt {
    let told = false
    return (lost) => {
      if (told) return
      told = true
      this.tell(lost)
    }
  }

  /** Settles the flush for one of the readers. */
  tell(lost: unknown): void {
    if (lost === undefined) this.#anySent = true
    else if (this.#lost === undefined) this.#lost = lost
    if (--this.#left > 0) return
    settleReceipt(this.#sent, this.#anySent ? undefined : this.#lost)
  }

  lose(found: string): void {
    this.tell(new BodyError('FLUSH_LOST', `Cannot send the flush: ${found}`))
  }
}
