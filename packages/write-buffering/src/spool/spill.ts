import type { Bytes } from '@sluice/body'

/** Where a body goes that is too large for memory; `tempFile` of `@sluice/write-buffering/spool` is one. */
export interface Spill {
  /** Called when a body outgrows memory, once a body. */
  open(): PromiseLike<SpillFile>
}

/** The store of one body. One call at a time, but for `close`. */
export interface SpillFile {
  /** Appends all of the parts, in order. They are not changed before it settles. */
  append(parts: readonly Bytes[]): PromiseLike<void>
  /** Bytes from `position` on: at least one and at most `maxBytes`; none only where there are none. */
  read(position: number, maxBytes: number): PromiseLike<Uint8Array>
  /** Deletes what was stored. Called once, also while another call is pending. */
  close(): PromiseLike<void>
}
