import { come } from './come.ts'
import type { WorkerPool } from '@sluice/blocking'

/** Waits until no thread of the pool runs anything: a filter, or a function behind its response, ends a little later. */
export const idle = (pool: WorkerPool): Promise<void> =>
  come(() => pool.running === 0, 'the end of what runs')
