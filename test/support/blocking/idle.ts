import { turn } from '../within.ts'
import type { WorkerPool } from '@sluice/blocking'

/** Waits until no thread runs: each has a turn to itself behind a response. */
export const idle = async (pool: WorkerPool): Promise<void> => {
  while (pool.running > 0) await turn()
}
