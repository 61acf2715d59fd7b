import { ByteQueue, checkDelay, noBytes, timerMs } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { blockBytes } from './block-sizes.ts'
import { codingTraits } from './coding-traits.ts'
import type { Bytes } from '@sluice/body'
import type { ByteSteps, Filter, Given, ReleaseReason } from '@sluice/filter'

/** A coding that gets plain text in segments. */
export interface Segments {
  /** Compresses a whole block. More may follow at once. */
  block(bytes: Uint8Array): AsyncIterable<Uint8Array>
  /** Compresses the bytes before a flush or a pause, perhaps none, and returns all output so far. */
  flush(bytes: Uint8Array, isPause: boolean): Given<Uint8Array>
  /** Compresses the last bytes, perhaps none, and ends the coding. */
  end(bytes: Uint8Array): Given<Uint8Array>
  close?(): void
}

/**
 * Makes a filter that holds plain text until there is a block of it, or a reason to compress it earlier.
 *
 * @param makeSegments Called once for each body, when its first frame is pulled.
 * @param maxDelayMs Milliseconds that bytes may be held; `undefined` for no limit.
 * @throws {RangeError} At the call, when `maxDelayMs` is `NaN` or not a number.
 */
export const codingFilter = (
  name: string,
  makeSegments: () => Segments,
  maxDelayMs: number | undefined,
): Filter => {
  const delayMs = checkDelay('maxDelayMs', maxDelayMs ?? Number.POSITIVE_INFINITY)
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
  /** `undefined` while nothing is held: many bodies wait, and should take little memory. */
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
    const bytes = this.#held?.take(this.#held.byteLength) ?? noBytes
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

  /** Blocks end at the same places however the bytes were cut, so that the output does not depend on that. */
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
    // Without a delay the clock is ignored: bytes that are there at once are compressed together.
    const isClocked = this.#delayMs > 0
    if (isClocked && this.heldBytes === 0) this.#heldSince = performance.now()
    const given = super.data(bytes)
    const isDue = isClocked && given === undefined && this.#leftMs <= 0
    return isDue ? this.release('idle') : given
  }

  idleMs(): number | undefined {
    return this.heldBytes === 0 ? undefined : timerMs(this.#leftMs)
  }

  /** Milliseconds that the held bytes may still wait. */
  get #leftMs(): number {
    return this.#heldSince + this.#delayMs - performance.now()
  }
}
