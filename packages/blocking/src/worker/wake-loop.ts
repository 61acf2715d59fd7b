import { cell } from '../channel/channel.ts'
import { wake } from '../channel/wake.ts'

/** Wakes the loop, if it waits for this. @param want A bit of `wants`. */
export const wakeLoop = (cells: Int32Array<SharedArrayBuffer>, want: number): void => {
  if ((Atomics.load(cells, cell.loopWants) & want) === 0) return
  Atomics.and(cells, cell.loopWants, ~want)
  wake(cells, cell.toLoop)
}
