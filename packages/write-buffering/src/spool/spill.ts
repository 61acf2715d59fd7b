import type { Bytes } from '@sluice/body'

/** Stores bodies that are too large for memory. `tempFile` of `@sluice/write-buffering/spool` is one. */
export interface Spill {
  /** Called once for each body that is too large for memory. */
  open(): PromiseLike<SpillFile>
}

/** The store of one body. Calls do not overlap, except for `close`. */
export interface SpillFile {
  /** Appends all parts, in order. They do not change before it settles. */
  append(parts: readonly Bytes[]): PromiseLike<void>
  /** Reads at least one byte and at most `maxBytes`, from `position` on; none only at the end. */
  read(position: number, maxBytes: number): PromiseLike<Uint8Array>
  /** Deletes the stored bytes. Called once, possibly while another call is pending. */
  close(): PromiseLike<void>
}
