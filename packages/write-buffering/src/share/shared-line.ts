import { isData } from '@sluice/body'
import { emptySlot, fillSlot } from './shared-slot.ts'
import type { AnyFrame } from '@sluice/body'
import type { ShareLimits } from './share-options.ts'
import type { Slot } from './shared-slot.ts'

/**
 * The frames of a shared source that a reader has yet to take, with the replayed ones before them: a linked list.
 *
 * Counts what is held, and says when that is too much. A slot that no reader and no replay needs is garbage.
 */
export class SharedLine {
  readonly #limits: ShareLimits
  /** The empty slot for the next frame. */
  #tail = emptySlot()
  /** The first slot that a reader has yet to take, and the bytes from there on. */
  #front = this.#tail
  #heldBytes = 0
  /** The slot of the newest data. */
  #newest = this.#tail
  /** The first slot that a late reader gets, and the bytes from there on. */
  #replay = this.#tail
  #replayedBytes = 0

  constructor(limits: ShareLimits) {
    this.#limits = limits
  }

  get tail(): Slot {
    return this.#tail
  }

  get front(): Slot {
    return this.#front
  }

  get isFull(): boolean {
    return this.#heldBytes >= this.#limits.maxBytes
  }

  get isTooLong(): boolean {
    return this.#heldBytes > this.#limits.maxBytes
  }

  /** Gives the slot at which a new reader begins. What all others have taken is held again for it. */
  addReader(): Slot {
    const start = this.#replay
    if (start.left === 0 && start !== this.#tail) this.#front = start
    for (let slot = start; slot.next !== undefined; slot = slot.next) {
      if (slot.left === 0) this.#heldBytes += slot.bytes
      slot.left++
    }
    return start
  }

  append(frame: AnyFrame, readers: number): void {
    const slot = this.#tail
    this.#tail = fillSlot(slot, frame, readers)
    if (isData(frame)) this.#newest = slot
    this.#heldBytes += slot.bytes
    this.#replayedBytes += slot.bytes
    while (this.#replayedBytes > this.#limits.replayBytes && this.#replay.next !== undefined) {
      this.#replayedBytes -= this.#replay.bytes
      this.#replay = this.#replay.next
    }
  }

  /** One reader has taken a slot, or skipped it. */
  passed(slot: Slot): void {
    slot.left--
    while (this.#front.left === 0 && this.#front.next !== undefined) {
      this.#heldBytes -= this.#front.bytes
      this.#front = this.#front.next
    }
  }

  /** Whether a reader may lose the front slot. The last frame stays, whatever its size. */
  get mayDropFront(): boolean {
    return this.isTooLong && this.#front.next !== this.#tail && !this.#keepsNewest
  }

  /** With `drop-oldest` the newest data stays, and as much behind it as fits: else a flush would take its place. */
  get #keepsNewest(): boolean {
    const { maxBytes, policy } = this.#limits
    const front = this.#front
    const behind = this.#heldBytes - front.bytes
    return policy === 'drop-oldest' && front === this.#newest && behind <= maxBytes
  }
}
