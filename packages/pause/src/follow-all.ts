import { follow } from './follow.ts'
import { cancel } from './wait.ts'

/** Listens to several promises. Returns a function that stops listening, and cancels those that are Sluice waits. */
export const followAll = (
  waits: readonly PromiseLike<unknown>[],
  fulfilled: (value: unknown, index: number) => void,
  rejected: (error: unknown) => void,
): (() => void) => {
  const stops = waits.map((wait, index) =>
    follow(wait, (value) => fulfilled(value, index), rejected),
  )
  return () => {
    for (const stop of stops) stop()
    for (const wait of waits) cancel(wait)
  }
}
