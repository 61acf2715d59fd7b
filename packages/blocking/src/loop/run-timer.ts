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
 * The worker counts its import and its waits itself, at the end of each. While it waits or starts the timer is only set again, so a
 * function may run for up to twice its time.
 *
 * @param timedOut `found` says what has taken too long, for a message.
 * @returns A function that stops the timer.
 */
export const runTimer = (
  cells: Int32Array<SharedArrayBuffer>,
  timeoutMs: number,
  timedOut: (found: string) => void,
  startMs: number = mostStartMs,
): (() => void) => {
  if (timeoutMs === Number.POSITIVE_INFINITY) return () => {}
  const created = performance.now()
  let started = created
  let timer: ReturnType<typeof setTimeout>
  const look = () => {
    // In this order: an import or a wait that ends between the two has then been counted.
    const thread = Atomics.load(cells, cell.thread)
    const isWaiting = Atomics.load(cells, cell.workerWaits) !== 0
    const waitedMs = Atomics.load(cells, cell.waitedMs) + Atomics.load(cells, cell.importMs)
    const now = performance.now()
    const isStarting = thread <= 0 && now - created < startMs
    if (isStarting && thread === 0) started = now
    const ran = now - started - waitedMs
    const mayGoOn = isWaiting || isStarting
    if (ran >= timeoutMs && !mayGoOn) return timedOut(foundLate(thread, timeoutMs, now - created))
    set(mayGoOn ? timeoutMs : timeoutMs - ran)
  }
  const set = (ms: number) => {
    timer = setTimeout(look, timerMs(ms))
  }
  set(timeoutMs)
  return () => clearTimeout(timer)
}

/** @param thread The cell of this name. */
const foundLate = (thread: number, timeoutMs: number, sinceMs: number): string => {
  if (thread > 0) return lateFunction(timeoutMs)
  return thread < 0 ? lateImport(sinceMs) : `its thread not started after ${Math.round(sinceMs)} ms`
}

export const lateFunction = (timeoutMs: number): string => `it still running after ${timeoutMs} ms`

export const lateImport = (tookMs: number): string =>
  `its module still being imported after ${Math.round(tookMs)} ms`
