/** So many turns of a loop without a wait, and others get theirs: one body must not starve the rest. */
export const turnsAtOnce = 1024

/** Waits until timers and I/O have had their turn: for loops over what is always ready. */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    if ('setImmediate' in globalThis) setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
