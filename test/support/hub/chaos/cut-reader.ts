import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadPolicy, Topic } from '@sluice/hub'
import type { ReaderWatch } from './reader-watch.ts'

export interface CutPlan {
  /** How often it is cut. */
  readonly cuts: number
  /** Milliseconds between two cuts, on average. */
  readonly meanMs: number
  readonly policy: ReadPolicy
  /** A slow reader rests for up to so many milliseconds now and then. */
  readonly restMs: number
  readonly random: () => number
}

const cut = new Error('cut')

/** Reads a topic to its end. It is cut at random moments, and comes back with the id that it had. */
export const readCut = async (
  topic: Topic<string>,
  watch: ReaderWatch,
  plan: CutPlan,
): Promise<void> => {
  const { cuts, meanMs, random } = plan
  for (let left = cuts; !watch.hasEnded; left--) {
    // Cut by time alone, a reader would come nowhere if the machine is too busy to answer in that time.
    if (left <= 0) await readItems(topic, watch, plan, Number.POSITIVE_INFINITY)
    else if (left % 2 === 0) await readFor(topic, watch, plan, random() * 2 * meanMs)
    else {
      await readItems(topic, watch, plan, Math.ceil(random() * 10))
      if (!watch.hasEnded) await sleep(random() * meanMs)
    }
  }
}

/** Leaves between two items. */
const readItems = async (
  topic: Topic<string>,
  watch: ReaderWatch,
  { policy, restMs, random }: CutPlan,
  most: number,
  signal?: AbortSignal,
): Promise<void> => {
  let taken = 0
  for await (const item of topic.read({ after: watch.lastId, signal, policy })) {
    watch.take(item)
    if (item.kind === 'end' || ++taken >= most) return
    if (restMs > 0 && random() < 0.02) await sleep(random() * restMs)
  }
}

/** Is cut wherever it is: while it waits, or while the engine is read. */
const readFor = async (
  topic: Topic<string>,
  watch: ReaderWatch,
  plan: CutPlan,
  ms: number,
): Promise<void> => {
  const cutting = new AbortController()
  const timer = setTimeout(() => cutting.abort(cut), ms)
  try {
    await readItems(topic, watch, plan, Number.POSITIVE_INFINITY, cutting.signal)
  } catch (error) {
    if (error !== cut) throw error
  } finally {
    clearTimeout(timer)
  }
}
