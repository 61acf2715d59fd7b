import { turn } from '../within.ts'

const turns = 15_000

/** Waits, turn by turn of the event loop, until something has come about: threads are no faster than they are. */
export const come = async (isTrue: () => boolean, what: string): Promise<void> => {
  for (let i = 0; !isTrue(); i++) {
    if (i === turns) throw new Error(`Cannot wait for ${what}: ${turns} turns are over`)
    await turn()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
