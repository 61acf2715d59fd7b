/**
 * Waits until timers and I/O have had their turn: for code that waits for something else to happen.
 *
 * Not for loops over frames: they use `yieldTurn`, which shares out the time of a turn among them.
 */
export const nextTurn = (): Promise<void> => new Promise(runNextTurn)

/** Calls back in the next turn: what `nextTurn` does, without a promise. */
export const runNextTurn = (run: () => void): void => {
  if ('setImmediate' in globalThis) setImmediate(run)
  else setTimeout(run, 0)
}
