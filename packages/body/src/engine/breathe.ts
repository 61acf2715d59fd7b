/** Waits until timers and I/O have had their turn. A loop over a source that never waits asks a `TurnSampler` when to yield. */
export const breathe = (): Promise<void> => new Promise(nextTurn)

export const nextTurn = (run: () => void): void => {
  if ('setImmediate' in globalThis) setImmediate(run)
  else setTimeout(run, 0)
}
