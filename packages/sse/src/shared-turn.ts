import { nextTurn } from '@sluice/body/engine'

let turn: Promise<void> | undefined

/** The next turn of the event loop: one wait for all streams. */
export const sharedTurn = (): Promise<void> => {
  turn ??= nextTurn().then(() => {
    turn = undefined
  })
  return turn
}
