import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@sluice/hub'

export interface AppendLoad {
  /** Begins all its values; no other appender has it. */
  readonly name: string
  readonly perSecond: number
  /** An entry of the engine: `n` is its number in this appender. */
  readonly acked: (n: number, id: string) => void
  readonly failed: (n: number, error: unknown) => void
}

/** Appends `name.1`, `name.2` and so on, in bursts, until it is over. */
export const appendLoad = async (
  topic: Topic<string>,
  { name, perSecond, acked, failed }: AppendLoad,
  isOver: () => boolean,
): Promise<void> => {
  let n = 0
  const appendNext = async () => {
    const mine = ++n
    try {
      acked(mine, await topic.append(`${name}.${mine}`))
    } catch (error) {
      failed(mine, error)
    }
  }
  while (!isOver()) {
    const burst = Math.ceil(Math.random() * 6)
    await Promise.all(Array.from({ length: burst }, appendNext))
    await sleep((burst / perSecond) * 1000 * Math.random() * 2)
  }
}
