/** Wakes the side that sleeps on a cell of events, or keeps it from falling asleep. */
export const wake = (cells: Int32Array<SharedArrayBuffer>, index: number): void => {
  Atomics.add(cells, index, 1)
  Atomics.notify(cells, index)
}
