// Both children with their idle streams, and all that is measured on them.
import { setMaxListeners } from 'node:events'
import { sleep } from '@sluice/pause'
import { startChild } from './child.ts'
import { firstAbort } from './first-abort.ts'
import { idleStreams, openIdleStreams, settledMemory, settleMs } from './idle-streams.ts'
import { race } from './race.ts'
import { readSlowly } from './slow-reader.ts'
import type { Child } from './child.ts'
import type { Tell } from './messages.ts'

/** How long the axis of a race is. The page takes half of it, and the events have no end. */
const axisMs = 3000
/** What arrives at its end would be drawn on the edge. */
const raceMs = axisMs - 100
/** How long the idle streams work, or a reader is slow, if nobody ends it. */
const longestMs = 20_000
/** From one measurement of the idle streams to the next, while they work. */
const sampleMs = 1000

/** Each of these ends when its signal aborts, and rejects with what fails before that. */
export interface Experiment {
  /** Pends until a child has ended, and then rejects. */
  readonly lost: Promise<never>
  /** Asks both children for the page and the events, and tells each arrival. */
  race(flushed: boolean, signal: AbortSignal): Promise<void>
  /** Lets the idle streams work, and tells what they cost meanwhile and after it. */
  work(signal: AbortSignal): Promise<void>
  /** Lets a client of each child read slowly, and tells what the child holds meanwhile and after it. */
  readSlowly(signal: AbortSignal): Promise<void>
}

/** Starts both children and opens their idle streams. All of it ends when the signal aborts. */
export const startExperiment = async (tell: Tell, over: AbortSignal): Promise<Experiment> => {
  // Each of the idle streams listens.
  setMaxListeners(0, over)
  const children = await Promise.all([startChild('sluice', over), startChild('node', over)])
  const lost = Promise.race(children.map((child) => child.lost))
  const all = (act: (child: Child) => Promise<void>) =>
    Promise.race([Promise.all(children.map(act)), lost]).then(() => {})

  const memoryBefore = new Map(
    await Promise.race([
      Promise.all(
        children.map(async (child) => [child, await openIdleStreams(child, over)] as const),
      ),
      lost,
    ]),
  )
  let paused = true
  const measure = () => {
    const isPaused = paused
    return all(async (child) => {
      const now = await (isPaused ? settledMemory(child, over) : child.measure())
      const before = memoryBefore.get(child) ?? now
      const { side } = child
      tell({ kind: 'memory', side, streams: idleStreams, paused: isPaused, before, now })
    })
  }
  return {
    lost,
    async race(flushed, signal) {
      const end = firstAbort([signal, over], raceMs)
      tell({ kind: 'run', lengthMs: axisMs, flushed })
      await race(children, flushed, tell, end)
      if (!signal.aborted) await measure()
    },
    async work(signal) {
      const end = firstAbort([signal, over], longestMs)
      const work = (isOn: boolean) => {
        paused = !isOn
        for (const child of children) child.work(isOn)
      }
      work(true)
      while (await lasts(sampleMs, end)) await measure()
      work(false)
      if (await lasts(settleMs, over)) await measure()
    },
    readSlowly(signal) {
      const end = firstAbort([signal, over], longestMs)
      return all((child) => readSlowly(child, tell, end))
    },
  }
}

/** Waits. @returns Whether the signal has not aborted meanwhile. */
const lasts = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  await sleep(ms, { signal }).then(undefined, () => {})
  return !signal.aborted
}
