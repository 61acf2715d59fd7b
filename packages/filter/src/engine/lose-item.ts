import { closedBefore, isByteArray, loseFrame } from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'

/** What a stage gives: a frame, or bytes that are not in a frame yet. */
export type Item = AnyFrame | Uint8Array

export const failedAt = 'a filter failed at it'

/** Disposes of an item that no reader will see; bytes need nothing. */
export const lose = (item: Item | undefined, found: string = closedBefore): undefined => {
  if (item !== undefined && !isByteArray(item)) loseFrame(item, found)
}
