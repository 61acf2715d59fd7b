import type { Fields, Receipt } from '@sluice/body'

/** How a body ended: `undefined` if the sink has all of it, the error if it failed. */
export type BodyFailure = { readonly error: unknown } | undefined

/**
 * What a `FramePump` pumps into.
 *
 * What a method throws fails the body. A sink that gets room calls `pump()`; inside the methods this does nothing.
 */
export interface FrameSink {
  /** Whether there is room for more: nothing is pulled if not. */
  readonly hasRoom: boolean
  /** Whether data is held back for the next write. */
  readonly holdsData: boolean

  /**
   * Takes data, to be written later or at once.
   *
   * @returns `undefined` if the sink takes more before it is written. Otherwise it is full, and this is what is left of the data:
   * perhaps nothing.
   */
  hold(bytes: Uint8Array): Uint8Array | undefined

  /** Writes what is held back, and what comes before it. */
  write(): void

  /** Writes, and settles the receipt once all that was written is sent. */
  flush(sent: Receipt | undefined): void

  /** Takes the trailers, after which only the end comes. */
  trailers(fields: Fields): void

  /** Ends the content. */
  end(): void

  /** Forgets what is held back: the body failed, or was closed. */
  drop(): void

  /** Called once at the end. After `close()` it is called only for an error that still comes. */
  ended(failure: BodyFailure): void
}
