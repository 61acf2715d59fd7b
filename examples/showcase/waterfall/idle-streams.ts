// Event streams that have sent an event and wait, and what each costs its server.
import { sleep } from '@sluice/pause'
import { firstAbort } from './first-abort.ts'
import { openIdle, read } from './reader.ts'
import { warmUp } from './report.ts'
import type { Child } from './child.ts'
import type { Memory } from './report.ts'

/** Of each child. */
export const idleStreams = 200

/** So many are opened at the same time: more would not find a place in the queue of the server. */
const atOnce = 20

/** Milliseconds after which a server has done what it does when streams have opened, worked or left. */
export const settleMs = 300

/** Arrivals after which a server has compiled what it needs. */
const warmArrivals = 8

/**
 * Opens the idle streams of a child. They last until the signal aborts.
 *
 * @returns Its memory before that. What is compiled and allocated once is not counted: each kind of request has been answered before.
 */
export const openIdleStreams = async (child: Child, signal: AbortSignal): Promise<Memory> => {
  child.work(true)
  const targets = ['/page', '/page/flushed', '/events', ...Array(atOnce).fill('/idle')]
  await Promise.all(targets.map((path) => warm(child, path + warmUp, signal)))
  child.work(false)
  await sleep(settleMs, { signal })
  const before = await settledMemory(child, signal)
  for (let open = 0; open < idleStreams; open += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => openIdle(child.port, signal)))
  return before
}

/** The memory of a child that rests. V8 returns some of it only after several collections, and not in the same moment. */
export const settledMemory = async (child: Child, signal: AbortSignal): Promise<Memory> => {
  for (let i = 0; i < 10; i++) {
    await child.measure()
    await sleep(60, { signal })
  }
  return child.measure()
}

const warm = async ({ port }: Child, target: string, signal: AbortSignal): Promise<void> => {
  const left = new AbortController()
  let arrivals = 0
  for await (const _ of read(port, target, firstAbort([signal, left.signal])))
    if (++arrivals === warmArrivals) break
  left.abort()
}
