// Event streams that have sent an event and wait, and what each costs its server.
import { setMaxListeners } from 'node:events'
import { sleep } from '@sluice/pause'
import { openIdle } from './reader.ts'
import type { Child } from './child.ts'
import type { Memory } from './report.ts'

/** Of each child. */
export const idleStreams = 200

/** So many are opened at the same time: more would not find a place in the queue of the server. */
const atOnce = 20

/** Milliseconds after which a server has done what it does when streams have opened, worked or closed. */
export const settleMs = 300

/**
 * Opens the idle streams of a child. They last until the signal aborts.
 *
 * @returns Its memory before that. What is compiled and allocated once is not counted: some streams have worked and left before.
 */
export const openIdleStreams = async (child: Child, signal: AbortSignal): Promise<Memory> => {
  const first = new AbortController()
  const end = AbortSignal.any([first.signal, signal])
  setMaxListeners(0, end)
  await openAtOnce(child, end)
  child.work(true)
  await sleep(settleMs, { signal })
  child.work(false)
  first.abort()
  await sleep(settleMs, { signal })
  const before = await child.measure()
  for (let open = 0; open < idleStreams; open += atOnce) await openAtOnce(child, signal)
  return before
}

const openAtOnce = ({ port }: Child, signal: AbortSignal): Promise<unknown> =>
  Promise.all(Array.from({ length: atOnce }, () => openIdle(port, signal)))
