import { ByteQueue, checkCount } from '@sluice/body'
import { filter } from '@sluice/filter'
import { blockBytes } from './block-sizes.ts'
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
  return filter(name, () => {
    const coding = new HeldCoding(makeSegments(), delayMs)
    return delayMs === Number.POSITIVE_INFINITY
      ? coding
      : {
          data: (bytes) => coding.data(bytes),
          release: (why) => coding.release(why),
          idleMs: () => coding.leftMs(),
          close: () => coding.close(),
        }
  })
}

class HeldCoding implements ByteSteps {
  readonly #segments: Segments
  readonly #delayMs: number
  readonly #held = new ByteQueue()
  #heldSince = 0
  #isOver = false

  constructor(segments: Segments, delayMs: number) {
    this.#segments = segments
    this.#delayMs = delayMs
  }

  data(bytes: Uint8Array): Given<Uint8Array> {
    const isTimed = this.#delayMs !== Number.POSITIVE_INFINITY
    if (isTimed && this.#held.byteLength === 0) this.#heldSince = performance.now()
    this.#held.push(bytes)
    if (this.#held.byteLength >= blockBytes) return this.#blocks()
    // Without a delay the clock does not count: what is there at once is compressed together.
    if (isTimed && this.#delayMs > 0 && this.#overdueMs >= 0) return this.release('idle')
    return undefined
  }

  release(why: ReleaseReason): Given<Uint8Array> {
    if (this.#isOver) return undefined
    const bytes = this.#held.take(this.#held.byteLength)
    if (why !== 'trailers' && why !== 'end') return this.#segments.flush(bytes, why === 'pause')
    this.#isOver = true
    return this.#segments.end(bytes)
  }

  close(): void {
    this.#isOver = true
    this.#held.clear()
    this.#segments.close?.()
  }

  /** For how long what is held may still wait; `undefined` where nothing is. */
  leftMs(): number | undefined {
    if (this.#held.byteLength === 0) return undefined
    return Math.min(Math.max(0, -this.#overdueMs), maxTimerMs)
  }

  get #overdueMs(): number {
    return performance.now() - this.#heldSince - this.#delayMs
  }

  /** Cut at the same places however the bytes came, so that what leaves does not depend on it. */
  async *#blocks(): AsyncGenerator<Uint8Array> {
    while (this.#held.byteLength >= blockBytes)
      yield* this.#segments.block(this.#held.take(blockBytes))
  }
}
