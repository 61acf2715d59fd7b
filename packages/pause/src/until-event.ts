import { isOver, listen, streamOver } from './listen.ts'
import { startWait } from './wait.ts'
import type { WaitOptions } from './bounds.ts'
import type { Emitter } from './listen.ts'
import type { Wait } from './wait.ts'

/** An `EventTarget`, by shape. */
export interface Target {
  addEventListener(type: string, listener: (event: Event) => void): void
  removeEventListener(type: string, listener: (event: Event) => void): void
}

export const isTarget = (source: object): source is Target =>
  'addEventListener' in source && typeof source.addEventListener === 'function'

/** Waits for the next event of a target. Its `error` does not fail the wait: that of an `EventSource` is temporary. */
export const untilDispatched = (target: Target, type: string, options: WaitOptions): Wait<Event> =>
  startWait<Event>(
    `the event ${type}`,
    (fulfil) => {
      target.addEventListener(type, fulfil)
      return () => target.removeEventListener(type, fulfil)
    },
    options,
  )

/** Waits for the next event of an emitter. */
export const untilEmitted = (
  emitter: Emitter,
  event: string | symbol,
  options: WaitOptions,
): Wait<readonly unknown[]> => {
  const what = `the event ${String(event)}`
  return startWait<readonly unknown[]>(
    what,
    (fulfil, fail) => {
      if (isOver(emitter)) {
        if (event === 'close') fulfil([])
        else fail(streamOver(emitter, what))
        return undefined
      }
      const heard = (...values: unknown[]) => fulfil(values)
      return listen(emitter, what, new Map([[event, heard]]), fail)
    },
    options,
  )
}
