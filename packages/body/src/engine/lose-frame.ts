import { BodyError } from '../body-error.ts'
import { observePause } from './observe-pause.ts'
import { settleReceipt } from './settle-receipt.ts'
import type { AnyFrame, Frame, Receipt } from '../frames.ts'

/**
 * Disposes of a frame that no reader will see: its receipt gets `FLUSH_LOST`, and the promise of a pause gets a handler.
 *
 * For code that drops frames, or is closed while it holds some. Looks at the properties of the frame and not at its kind, so
 * that a receipt or promise of an unknown kind is handled as well. Errors that the receipt throws go where those of
 * `settleReceipt` go.
 *
 * @param found What happened to it, for the message.
 *
 * @example
 * ```ts
 * import { loseFrame } from '@sluice/body/engine'
 *
 * let lost: unknown
 * loseFrame({ kind: 'flush', sent: (reason) => { lost = reason } }, 'the cache keeps bytes only')
 * if (lost === undefined) throw new Error('not told')
 * ```
 */
export const loseFrame = (frame: Frame | AnyFrame | undefined, found: string): void => {
  if (frame === undefined || frame.kind === 'data') return
  observePause(frame)
  if (hasReceipt(frame))
    settleReceipt(frame.sent, new BodyError('FLUSH_LOST', `Cannot send the flush: ${found}`))
}

export const closedBefore = 'the body was closed before it was taken'

const hasReceipt = (frame: AnyFrame): frame is AnyFrame & { readonly sent: Receipt } =>
  'sent' in frame && typeof frame.sent === 'function'
