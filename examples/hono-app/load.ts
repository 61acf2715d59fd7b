import { sleep } from '@sluice/pause'

/** Stands for a database: it takes 700 ms, and stops when the signal aborts. */
export const load = async (part: string, signal: AbortSignal): Promise<readonly string[]> => {
  await sleep(700, { signal })
  return Array.from({ length: 5 }, (_, i) => `${part} <no. ${i + 1}>`)
}
