import { nextTurn } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import type { Wait } from '@sluice/pause'

/** Rejects if the signal aborts. A wait has one listener on a signal, however many streams the signal ends. */
export const untilAborted = (signal: AbortSignal): Wait<void> =>
  sleep(Number.POSITIVE_INFINITY, { signal })

let turn: Promise<void> | undefined

/** The next turn of the event loop: one wait for all streams. */
export const sharedTurn = (): Promise<void> => {
  turn ??= nextTurn().then(() => {
    turn = undefined
  })
  return turn
}
