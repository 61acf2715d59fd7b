import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadPolicy, Topic } from '@sluice/hub'
import type { ReaderWatch } from './reader-watch.ts'

export interface CutPlan {
  /** How often it is cut. */
  readonly cuts: number
  /** Milliseconds between two cuts, on average. */
  readonly meanMs: number
  readonly policy: ReadPolicy
  /** A slow reader rests for so many milliseconds now and then. */
  readonly restMs: number
  readonly random: () => number
}

const cut = new Error('cut')

/** Reads a topic to its end. It is cut at random moments, and comes back with the id that it had. */
export const readCut = async (
  topic: Topic<string>,
  watch: ReaderWatch,
  { cuts, meanMs, policy, restMs, random }: CutPlan,
): Promise<void> => {
  for (let left = cuts; !watch.hasEnded; left--) {
    const cutting = new AbortController()
    const timer = left > 0 ? setTimeout(() => cutting.abort(cut), random() * 2 * meanMs) : undefined
    // Half of the cuts are made by the reader, between two items.
    const most = left > 0 && random() < 0.5 ? Math.ceil(random() * 10) : Number.POSITIVE_INFINITY
    try {
      let taken = 0
      for await (const item of topic.read({
        after: watch.lastId,
        signal: cutting.signal,
        policy,
      })) {
        watch.take(item)
        if (item.kind === 'end' || ++taken >= most) break
        if (restMs > 0 && random() < 0.02) await sleep(random() * restMs)
      }
      // It was cut early: stays away for the rest of its time.
      if (!watch.hasEnded && !cutting.signal.aborted) await sleep(random() * meanMs)
    } catch (error) {
      if (error !== cut) throw error
    } finally {
      clearTimeout(timer)
    }
  }
}
