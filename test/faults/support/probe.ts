import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'

/** Asks for `/`, each time on a connection of its own, until told to stop; gives milliseconds, infinite where it failed. */
export const probe = async (port: number, isOver: () => boolean): Promise<readonly number[]> => {
  const times: number[] = []
  while (!isOver()) {
    const started = performance.now()
    const status = await ask(port, '/').then(
      (answer) => answer.status,
      () => 0,
    )
    times.push(status === 200 ? performance.now() - started : Number.POSITIVE_INFINITY)
    await sleep(10)
  }
  return times
}
