import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import type { ServerProcess } from './server-process.ts'

/** Waits until something is so, and gives the milliseconds that took; `undefined` when it is not so after so many. */
export const msUntil = async (
  mostMs: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<number | undefined> => {
  const started = performance.now()
  for (;;) {
    const so = await isSo()
    const taken = performance.now() - started
    if (so) return taken
    if (taken > mostMs) return undefined
    await sleep(20)
  }
}

/** The most resident memory in some seconds, in MiB. */
export const peakRss = async (server: ServerProcess, seconds: number): Promise<number> => {
  let peak = 0
  await msUntil(seconds * 1000, () => {
    peak = Math.max(peak, server.rss())
    return false
  })
  return peak
}

/** The value under which so much of all lies: `0.99` for the 99th percentile. */
export const percentile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

export const mib = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} MiB`

export const ms = (value: number | undefined): string =>
  value === undefined ? 'never' : `${value.toFixed(0)} ms`

/** Sends a few requests, so that what is loaded and compiled at the first is not counted, and lets their sockets close. */
export const warmUp = async (server: ServerProcess, path: string, count = 50): Promise<void> => {
  const before = server.sockets()
  for (let i = 0; i < count; i++) await ask(server.port, path)
  await msUntil(3000, () => server.sockets() <= before)
}
