import { closedBefore, fromPull, loseFrame } from '@sluice/body/engine'
import { destroyed, failCallback } from './node-error.ts'
import { WriteCallbacks } from './write-callbacks.ts'
import { writtenBytes } from './written.ts'
import type { Body, Fields, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { Callback } from './host-response.ts'
import type { Written } from './written.ts'

/** What the application has done, in order. */
export type Item = Written | Flush | Trailers

/** What a body asks the response that it is written to. */
export interface BodyOwner {
  /** Whether nothing that is written can arrive: the client has left. */
  readonly isGone: boolean
  /** There is room again. */
  drained(): void
}

/**
 * What an application writes, as a body.
 *
 * Holds what is written until it is pulled. Backpressure: `write` returns `false` from `highWaterBytes` on, and the owner is told
 * when all of it was pulled. A write's callback runs when its bytes were pulled; if a flush follows in the same job, when the flush
 * was sent. After `close()` whatever comes is dropped, by the same rules.
 */
export class CapturedBody implements Pull<Frame> {
  /** Bytes that were written and not pulled yet. */
  heldBytes = 0
  /** All that were written. */
  writtenBytes = 0
  needsDrain = false
  /** Since it last had room. */
  #droppedBytes = 0
  /** Never begins with a write of no bytes. */
  #items: Item[] = []
  /** The index of the item that is pulled next. */
  #at = 0
  #state: 'open' | 'ended' | 'over' = 'open'
  #hasOnlyData = true
  #failure: { readonly error: unknown } | undefined
  #waiting: Waiting | undefined
  readonly #done = new WriteCallbacks()
  readonly #highWaterBytes: number
  readonly #owner: BodyOwner

  constructor(highWaterBytes: number, owner: BodyOwner) {
    this.#highWaterBytes = highWaterBytes
    this.#owner = owner
  }

  /** The body to give to a middleware. Its length is known if all of it was written. */
  body(): Body<Frame> {
    const isKnown = this.#state === 'ended' && this.#hasOnlyData
    return fromPull(() => this, isKnown ? this.writtenBytes : undefined)
  }

  /** Returns whether there is room for more. */
  write(item: Written): boolean {
    if (this.#state !== 'open') return this.#drop(item)
    if (item.byteLength === 0) return this.#writeNothing(item)
    this.writtenBytes += item.byteLength
    this.heldBytes += item.byteLength
    this.#push(item)
    if (this.heldBytes < this.#highWaterBytes) return true
    this.needsDrain = true
    return false
  }

  flush(): void {
    if (this.#state !== 'open') return
    this.#hasOnlyData = false
    const callbacks = this.#callbacks()
    if (callbacks.length === 0) return this.#push({ kind: 'flush' })
    this.#push({
      kind: 'flush',
      sent: (lost) => {
        for (const callback of callbacks) callback(errorOf(lost))
      },
    })
  }

  trailers(fields: Fields): void {
    if (this.#state !== 'open') return
    this.#hasOnlyData = false
    this.#push({ kind: 'trailers', fields })
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    if (this.#at < this.#items.length) return
    this.#settle(undefined)
  }

  /** The application will never end it. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#failure = { error }
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.#failure = undefined
    waiting.reject(error)
  }

  pull(): Pulled<Frame> {
    if (this.#at < this.#items.length || this.#state !== 'open') return this.#take()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(): void {
    const { needsDrain } = this
    const { isGone } = this.#owner
    for (const item of this.takeAll()) {
      if (item.kind !== 'written') loseFrame(item, closedBefore)
      else if (isGone) failCallback(item.callback, destroyed())
      else this.#done.add(item.callback)
    }
    this.#settle(undefined)
    if (needsDrain) this.#owner.drained()
  }

  /** Takes what is held, for code that sends it as it was written. Nothing can be pulled any more. */
  takeAll(): readonly Item[] {
    const items = this.#items.slice(this.#at)
    this.#state = 'over'
    this.#items = []
    this.#at = 0
    this.#failure = undefined
    this.heldBytes = 0
    this.needsDrain = false
    return items
  }

  /** The callbacks that have not run, for a flush to run. */
  #callbacks(): readonly Callback[] {
    const callbacks = this.#done.takeAll()
    for (let i = this.#at; i < this.#items.length; i++) {
      const item = this.#items[i]
      if (item?.kind !== 'written' || item.callback === undefined) continue
      callbacks.push(item.callback)
      this.#items[i] = { ...item, callback: undefined }
    }
    return callbacks
  }

  /** Has a callback, if there is one: it runs after those of the writes before. */
  #writeNothing(item: Written): boolean {
    if (this.#at === this.#items.length) this.#done.add(item.callback)
    else if (item.callback !== undefined) this.#items.push(item)
    return !this.needsDrain
  }

  /** Has no room again and again, although it takes all: an application that writes while it may would never stop. */
  #drop({ byteLength, callback }: Written): boolean {
    this.#done.add(callback)
    this.#droppedBytes += byteLength
    if (this.needsDrain || this.#droppedBytes < this.#highWaterBytes) return !this.needsDrain
    this.needsDrain = true
    setImmediate(() => {
      this.#droppedBytes = 0
      this.needsDrain = false
      this.#owner.drained()
    })
    return false
  }

  #push(item: Item): void {
    this.#items.push(item)
    if (this.#waiting !== undefined) this.#settle(this.#take())
  }

  #settle(frame: Frame | undefined): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(frame)
  }

  #take(): Frame | undefined {
    const item = this.#items[this.#at]
    if (item === undefined) return this.#finish()
    if (item.kind === 'written') this.#done.add(item.callback)
    this.#at++
    this.#passNothing()
    if (this.#at === this.#items.length) {
      this.#items.length = 0
      this.#at = 0
    }
    if (item.kind !== 'written') return item
    this.#release(item.byteLength)
    return { kind: 'data', bytes: writtenBytes(item) }
  }

  /** Passes over writes of no bytes. */
  #passNothing(): void {
    for (let item = this.#items[this.#at]; isNothing(item); item = this.#items[++this.#at])
      this.#done.add(item.callback)
  }

  #finish(): undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  #release(bytes: number): void {
    this.heldBytes -= bytes
    if (!this.needsDrain || this.heldBytes > 0) return
    this.needsDrain = false
    this.#owner.drained()
  }
}

interface Waiting {
  resolve(frame: Frame | undefined): void
  reject(error: unknown): void
}

const errorOf = (lost: unknown): Error | null =>
  lost === undefined || lost === null ? null : destroyed({ cause: lost })

const isNothing = (item: Item | undefined): item is Written =>
  item?.kind === 'written' && item.byteLength === 0
