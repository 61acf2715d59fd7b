interface Gate {
  /** What functions on other threads wait on, by `Atomics.wait` on its first cell. */
  readonly gate: SharedArrayBuffer
  open(): void
}

/** Holds functions on other threads until the test opens it. */
export const sharedGate = (): Gate => {
  const gate = new SharedArrayBuffer(4)
  const cells = new Int32Array(gate)
  return {
    gate,
    open: () => {
      Atomics.store(cells, 0, 1)
      Atomics.notify(cells, 0)
    },
  }
}
