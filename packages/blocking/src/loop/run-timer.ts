import { timerMs } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'

/**
 * Milliseconds that a thread may take to start and to import a module. They do not count, or a short time-out would end every thread
 * before it is warm.
 */
export const mostStartMs = 30_000

/**
 * Calls `timedOut` when a function has run for its time. The start of its thread, the import of its module, and its waits for its client
 * do not count.
 *
 * The worker counts its waits itself, at the end of each. While it waits or starts the timer is only set again, so a function may run for
 * up to twice its time.
 *
 * @returns A function that stops the timer.
 */
export const runTimer = (
  cells: Int32Array<SharedArrayBuffer>,
  timeoutMs: number,
  timedOut: () => void,
  startMs: number = mostStartMs,
): (() => void) => {
  if (timeoutMs === Number.POSITIVE_INFINITY) return () => {}
  const created = performance.now()
  let started = created
  let timer: ReturnType<typeof setTimeout>
  const look = () => {
    // In this order: a wait that ends between the two has then been counted.
    const isWaiting = Atomics.load(cells, cell.workerWaits) !== 0
    const waitedMs = Atomics.load(cells, cell.waitedMs)
    const now = performance.now()
    const isStarting = Atomics.load(cells, cell.thread) <= 0 && now - created < startMs
    if (isStarting) started = now
    const ran = now - started - waitedMs
    if (ran >= timeoutMs && !isWaiting) return timedOut()
    set(isWaiting ? timeoutMs : timeoutMs - ran)
  }
  const set = (ms: number) => {
    timer = setTimeout(look, timerMs(ms))
  }
  set(timeoutMs)
  return () => clearTimeout(timer)
}
