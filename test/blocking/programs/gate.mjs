/** Counts one that waits, and blocks until the gate is open. */
export const waitAt = (memory) => {
  const cells = new Int32Array(memory)
  tell(memory)
  Atomics.wait(cells, 1, 0)
}

/** Counts one more, without waiting. */
export const tell = (memory) => {
  const cells = new Int32Array(memory)
  Atomics.add(cells, 0, 1)
  Atomics.notify(cells, 0)
}
