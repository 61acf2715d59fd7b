import { lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { Items } from './answer-items.ts'

/** What a stage has given and the stages from `index` on have not seen: a frame, or items to be taken one by one. */
export type Pending = PendingFrame | PendingItems

interface PendingFrame {
  readonly index: number
  readonly frame: AnyFrame
  readonly items: undefined
  readonly below: Pending | undefined
}

export interface PendingItems {
  readonly index: number
  readonly frame: undefined
  readonly items: Items
  readonly below: Pending | undefined
}

/** A stack of links, which costs nothing while it is empty: an array that was ever pushed to keeps room for 17. */
export class PendingStack {
  #top: Pending | undefined
  /** Items that are being asked: a generator that closes its own body cannot be left before it has yielded. */
  #running: Items | undefined

  get top(): Pending | undefined {
    return this.#top
  }

  pushFrame(frame: AnyFrame, index: number): void {
    this.#top = { index, frame, items: undefined, below: this.#top }
  }

  pushItems(items: Items, index: number): void {
    this.#top = { index, frame: undefined, items, below: this.#top }
  }

  drop(pending: Pending): void {
    if (this.#top === pending) this.#top = pending.below
  }

  /** Asks for the next item. If that fails, the rest is dropped. */
  ask(pending: PendingItems): ReturnType<Items['next']> {
    this.#running = pending.items
    try {
      return pending.items.next()
    } catch (error) {
      this.fail(pending)
      throw error
    } finally {
      this.#running = undefined
    }
  }

  /** Drops items that have failed. */
  fail(pending: PendingItems): void {
    this.drop(pending)
    pending.items.failed()
  }

  /** Empties the stack. Returns how to dispose of what it held, from the bottom up. */
  close(): readonly (() => unknown)[] {
    const left: (() => unknown)[] = []
    for (let each = this.#top; each !== undefined; each = each.below) {
      const { frame, items } = each
      if (items === undefined) left.unshift(() => lose(frame))
      else if (items !== this.#running) left.unshift(() => items.leave())
    }
    this.#top = undefined
    return left
  }
}
