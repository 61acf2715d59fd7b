import { BodyError } from './body-error.ts'
import { isFlush } from './kinds.ts'
import type { AnyFrame, Frame } from './frames.ts'

/**
 * Lets go of a frame that nobody will see: the receipt of a flush is told `FLUSH_LOST`.
 *
 * For whoever drops frames, or is closed while it holds some.
 *
 * @param found What happened to it, for the message.
 *
 * @example
 * ```ts
 * import { loseFrame } from '@sluice/body'
 *
 * let lost: unknown
 * loseFrame({ kind: 'flush', sent: (reason) => { lost = reason } }, 'the cache keeps bytes only')
 * if (lost === undefined) throw new Error('not told')
 * ```
 */
export const loseFrame = (frame: Frame | AnyFrame | undefined, found: string): void => {
  if (frame !== undefined && isFlush(frame))
    frame.sent?.(new BodyError('FLUSH_LOST', `Cannot send the flush: ${found}`))
}

export const closedBefore = 'the body was closed before it was taken'
