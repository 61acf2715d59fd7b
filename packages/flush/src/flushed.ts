import { flushWithPromise } from '@sluice/body/engine'
import type { Flush } from '@sluice/body'

/** A flush, and a promise of its receipt. */
export interface Flushed {
  readonly frame: Flush
  /**
   * Fulfils when the bytes before the flush have been handed to the kernel, and rejects when they never will be. If nothing
   * awaits it, its rejection is not an unhandled rejection. Stays pending if no body yields the frame.
   */
  readonly sent: Promise<void>
}

/**
 * Makes a flush with a receipt.
 *
 * Handed to the kernel does not mean received: only an answer of the client can say that.
 *
 * @throws {BodyError} `sent` rejects with `FLUSH_LOST` if a layer dropped the flush or the body was closed before it, or with
 * the error of the server that had to send it.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { flushed } from '@sluice/flush'
 *
 * const { frame, sent } = flushed()
 * await readText(toBody(['first', frame, 'second']))
 * await sent
 * ```
 */
export const flushed = (): Flushed => flushWithPromise()
