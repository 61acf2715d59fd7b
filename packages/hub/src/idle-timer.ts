import { isObject, timerMs } from '@sluice/body/engine'

/** A timer that does not keep the process alive, on platforms where timers do. Fires early if `ms` is more than a timer can hold. */
export const idleTimer = (run: () => void, ms: number): ReturnType<typeof setTimeout> => {
  const timer = setTimeout(run, timerMs(ms))
  const handle: unknown = timer
  if (isObject(handle) && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
  return timer
}
