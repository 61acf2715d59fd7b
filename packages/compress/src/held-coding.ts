import { ByteQueue, checkCount } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { blockBytes } from './block-sizes.ts'
import { codingTraits } from './coding-traits.ts'
import type { Bytes } from '@sluice/body'
import type { ByteSteps, Filter, Given, ReleaseReason } from '@sluice/filter'

/** A coding that is given plain text in pieces of its body's choosing. */
export interface Segments {
  /** A whole block, all of it let out; more may follow at once. */
  block(bytes: Uint8Array): AsyncIterable<Uint8Array>
  /** Everything up to a place where it must all have left; perhaps no bytes. */
  flush(bytes: Uint8Array, isPause: boolean): Given<Uint8Array>
  /** Everything up to the end; perhaps no bytes. */
  end(bytes: Uint8Array): Given<Uint8Array>
  close?(): void
}

const none = new Uint8Array()

/** What a timer takes; beyond it, it fires at once. */
const maxTimerMs = 2_147_483_647

/**
 * Makes a filter that holds plain text until there is a block of it, or a reason to let it go.
 *
 * @param makeSegments Called once a body, when its first frame is asked for.
 * @param maxDelayMs Milliseconds that bytes may be held; `undefined`: until there is another reason.
 * @throws {RangeError} At the call, when `maxDelayMs` is not a whole number of 0 or more.
 */
export const codingFilter = (
  name: string,
  makeSegments: () => Segments,
  maxDelayMs: number | undefined,
): Filter => {
  const delayMs = checkCount('maxDelayMs', maxDelayMs ?? Number.POSITIVE_INFINITY, 0)
  return filter(
    name,
    () =>
      delayMs === Number.POSITIVE_INFINITY
        ? new HeldCoding(makeSegments())
        : new TimedCoding(makeSegments(), delayMs),
    { traits: codingTraits },
  )
}

class HeldCoding implements ByteSteps {
  readonly #segments: Segments
  /** Nothing of it while nothing is held: most bodies wait, and there are many of them. */
  #held: ByteQueue | undefined
  #isOver = false

  constructor(segments: Segments) {
    this.#segments = segments
  }

  get heldBytes(): number {
    return this.#held?.byteLength ?? 0
  }

  data(bytes: Bytes): Given<Uint8Array> {
    this.#held ??= new ByteQueue()
    this.#held.push(bytes)
    return this.#held.byteLength < blockBytes ? undefined : this.#blocks(this.#held)
  }

  release(why: ReleaseReason): Given<Uint8Array> {
    if (this.#isOver) return undefined
    const bytes = this.#held?.take(this.#held.byteLength) ?? none
    this.#held = undefined
    if (why !== 'trailers' && why !== 'end') return this.#segments.flush(bytes, why === 'pause')
    this.#isOver = true
    return this.#segments.end(bytes)
  }

  close(): void {
    this.#isOver = true
    this.#held = undefined
    this.#segments.close?.()
  }

  /** Cut at the same places however the bytes came, so that what leaves does not depend on it. */
  async *#blocks(held: ByteQueue): AsyncGenerator<Uint8Array> {
    while (held.byteLength >= blockBytes) yield* this.#segments.block(held.take(blockBytes))
  }
}

class TimedCoding extends HeldCoding {
  readonly #delayMs: number
  #heldSince = 0

  constructor(segments: Segments, delayMs: number) {
    super(segments)
    this.#delayMs = delayMs
  }

  override data(bytes: Bytes): Given<Uint8Array> {
    // Without a delay the clock does not count: what is there at once is compressed together.
    const isClocked = this.#delayMs > 0
    if (isClocked && this.heldBytes === 0) this.#heldSince = performance.now()
    const given = super.data(bytes)
    const isDue = isClocked && given === undefined && this.#leftMs <= 0
    return isDue ? this.release('idle') : given
  }

  idleMs(): number | undefined {
    return this.heldBytes === 0 ? undefined : Math.min(Math.max(0, this.#leftMs), maxTimerMs)
  }

  /** For how long what is held may still wait. */
  get #leftMs(): number {
    return this.#heldSince + this.#delayMs - performance.now()
  }
}
