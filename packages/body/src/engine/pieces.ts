import { isFrame } from '../kinds.ts'
import { closedBefore, loseFrame } from './lose-frame.ts'
import { observePause } from './observe-pause.ts'

/** Observes the pauses among pieces that are held: those in the array, and those in the batches in it. */
export const observePauses = (pieces: readonly unknown[]): void => {
  for (const piece of pieces) {
    if (typeof piece !== 'object' || piece === null) continue
    if (Array.isArray(piece)) observePauses(piece)
    else if (isFrame(piece)) observePause(piece)
  }
}

/** Loses the frames among the pieces from `from` on, in order. */
export const losePieces = (pieces: readonly unknown[], from: number): void => {
  for (const piece of pieces.slice(from)) {
    if (Array.isArray(piece)) losePieces(piece, 0)
    else if (isFrame(piece)) loseFrame(piece, closedBefore)
  }
}
