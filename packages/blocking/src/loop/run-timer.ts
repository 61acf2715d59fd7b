import { timerMs } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'

/**
 * Calls `timedOut` when a function has run for its time, not counting the time for which it waited for its client.
 *
 * The worker counts that time itself, at the end of each wait. While it waits the timer is only set again, so a function may run for up
 * to twice its time.
 *
 * @returns A function that stops the timer.
 */
export const runTimer = (
  cells: Int32Array<SharedArrayBuffer>,
  timeoutMs: number,
  timedOut: () => void,
): (() => void) => {
  if (timeoutMs === Number.POSITIVE_INFINITY) return () => {}
  const started = performance.now()
  let timer: ReturnType<typeof setTimeout>
  const look = () => {
    const ran = performance.now() - started - Atomics.load(cells, cell.waitedMs)
    const isWaiting = Atomics.load(cells, cell.workerWaits) !== 0
    if (ran >= timeoutMs && !isWaiting) return timedOut()
    set(isWaiting ? timeoutMs : timeoutMs - ran)
  }
  const set = (ms: number) => {
    timer = setTimeout(look, timerMs(ms))
  }
  set(timeoutMs)
  return () => clearTimeout(timer)
}
