import { sleep } from '@sluice/pause'

/** How long each section takes, in milliseconds. */
const delays: Readonly<Record<string, number>> = { Rivers: 2100, Locks: 700, Weirs: 1400 }

/** Stands for databases and other servers: some are slower than others, one fails, and all stop when the signal aborts. */
export const load = async (section: string, signal: AbortSignal): Promise<readonly string[]> => {
  await sleep(delays[section] ?? 0, { signal })
  if (section === 'Weirs') throw new Error('Cannot load the weirs: this section always fails')
  return ['upper', 'middle', 'lower'].map((part) => `${part} ${section.toLowerCase()}`)
}
