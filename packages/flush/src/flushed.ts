import type { Flush, Receipt } from '@sluice/body'

/** A flush, and what became of it. */
export interface Flushed {
  readonly frame: Flush
  /**
   * Fulfils when the bytes before the flush have been handed to the kernel, and rejects when they never will be. No
   * unhandled rejection where nobody awaits it; for ever pending where the frame was never given to a body.
   */
  readonly sent: Promise<void>
}

/**
 * Makes a flush with a receipt.
 *
 * Handed to the kernel is not received: only an answer from the other end says that.
 *
 * @throws {BodyError} `sent` rejects with `FLUSH_LOST` where a layer dropped the flush or the body was closed before it,
 * or with the reason of whoever had to send it.
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
export const flushed = (): Flushed => {
  let receipt: Receipt = () => {}
  const sent = new Promise<void>((resolve, reject) => {
    receipt = (lost) => (lost === undefined ? resolve() : reject(lost))
  })
  sent.catch(() => {})
  return { frame: { kind: 'flush', sent: receipt }, sent }
}
