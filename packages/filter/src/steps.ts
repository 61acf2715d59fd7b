import type { AnyFrame, Bytes } from '@sluice/body'

/** What a step answers: one, several (taken lazily, one at a time), none, or a promise of that. */
export type Answer<T> = T | Iterable<T> | AsyncIterable<T> | undefined
export type Given<T> = Answer<T> | PromiseLike<Answer<T>>

/**
 * Why held bytes are let go: the frame that comes next (`other`: one of an unknown kind), the end, or the source having
 * been quiet for as long as `idleMs` said.
 */
export type ReleaseReason = 'flush' | 'pause' | 'trailers' | 'other' | 'end' | 'idle'

/**
 * What a filter does to bytes. The engine does everything else: it passes on flush, pause, trailers and unknown kinds,
 * in order, after `release`.
 */
export interface ByteSteps {
  /** Bytes that came, never empty. `undefined`: they are held, or dropped. Giving `bytes` back passes the frame on as it is. */
  data(bytes: Bytes): Given<Uint8Array>
  /** What was held. Called before every frame that is not data, and at the end. */
  release?(why: ReleaseReason): Given<Uint8Array>
  /** Asked when the source has nothing at once: after how many milliseconds `release('idle')` is wanted, or `undefined`. */
  idleMs?(): number | undefined
  /** Called once, however the body ends: end, error, leaving early; also while an answer is pending. Not where the body was never pulled. */
  close?(): void | PromiseLike<void>
}

/** What a filter does to frames of every kind, for those that see or make control frames. Frames not given back are gone. */
export interface FrameSteps {
  frame(frame: AnyFrame): Given<AnyFrame>
  /** Frames that come after the last. */
  end?(): Given<AnyFrame>
  /** Asked when the source has nothing at once: after how many milliseconds `idle()` is wanted, or `undefined`. */
  idleMs?(): number | undefined
  idle?(): Given<AnyFrame>
  /** As in `ByteSteps`. */
  close?(): void | PromiseLike<void>
}
