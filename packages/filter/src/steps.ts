import type { AnyFrame, Bytes } from '@sluice/body'

/** What a step answers: one item, several (taken lazily, one at a time), none, or a promise of these. */
export type Answer<T> = T | Iterable<T> | AsyncIterable<T> | undefined
export type Given<T> = Answer<T> | PromiseLike<Answer<T>>

/**
 * Why held bytes are released: the kind of the frame that comes next (`other`: an unknown kind), the end, or because the source
 * was quiet for as long as `idleMs` said.
 */
export type ReleaseReason = 'flush' | 'pause' | 'trailers' | 'other' | 'end' | 'idle'

/**
 * What a filter does to bytes. The engine does everything else: it passes on flush, pause, trailers and unknown kinds,
 * in order, after `release`.
 */
export interface ByteSteps {
  /** Takes bytes, never empty. `undefined` means that they are held or dropped; `bytes` itself passes the frame on as it is. */
  data(bytes: Bytes): Given<Uint8Array>
  /** Returns the bytes that are held. Called before every frame that is not data, and at the end. */
  release?(why: ReleaseReason): Given<Uint8Array>
  /** Called when the source has nothing at once: after how many milliseconds to call `release('idle')`, or `undefined`. */
  idleMs?(): number | undefined
  /** Called once, however the body ends (end, error, early close), also while an answer is pending; not if it was never pulled. */
  close?(): void | PromiseLike<void>
}

/** What a filter does to frames of every kind, if it sees or makes control frames. Frames that are not given back are gone. */
export interface FrameSteps {
  frame(frame: AnyFrame): Given<AnyFrame>
  /** Gives frames that come after the last. */
  end?(): Given<AnyFrame>
  /** Called when the source has nothing at once: after how many milliseconds to call `idle()`, or `undefined`. */
  idleMs?(): number | undefined
  idle?(): Given<AnyFrame>
  /** As in `ByteSteps`. */
  close?(): void | PromiseLike<void>
}
