import { setTimeout as sleep } from 'node:timers/promises'
import { openHub } from '@sluice/hub'
import { randomFrom } from '../../../faults/support/random.ts'
import { within } from '../../within.ts'
import { Appenders } from './appenders.ts'
import { readCut } from './cut-reader.ts'
import { ReaderWatch, Seen } from './reader-watch.ts'
import type { Item } from '@sluice/hub'
import type { Acked } from './appenders.ts'
import type { ChaosStore } from './chaos-store.ts'

export interface ChaosOptions {
  readonly readers: number
  /** Of each reader. */
  readonly cuts: number
  readonly seconds: number
  readonly perSecond: number
  readonly killMs: number
  readonly seed: number
  /** 10,000 by default: more than are appended. Otherwise readers may miss what was trimmed. */
  readonly keepEntries?: number
  /** Restarts the server in the middle. */
  readonly restarts?: boolean
}

export interface ChaosReport {
  /** Entries in the log at the end. */
  readonly entries: number
  /** Entries that readers got, all together. */
  readonly delivered: number
  readonly cuts: number
  readonly kills: number
  readonly acked: number
  /** Gaps by reason. */
  readonly gaps: Readonly<Record<string, number>>
  /** What must not be: entries that came twice or in another order, were lost, or are not in the log. */
  readonly faults: readonly string[]
  readonly failures: ReadonlyMap<string, number>
  /** Milliseconds from the start of the server until every reader had an entry that was appended later. */
  readonly continuedMs: number | undefined
  readonly seconds: number
}

/** Milliseconds that readers may take to reach the end. */
const patienceMs = 200_000
const topic = 'chaos'

/** Readers that are cut again and again, while appenders are killed. */
export const runChaos = async (store: ChaosStore, options: ChaosOptions): Promise<ChaosReport> => {
  const startedAt = performance.now()
  const { readers, cuts, seconds, perSecond, seed, keepEntries = 10_000 } = options
  const seen = new Seen()
  const onError = (error: unknown) => {
    if (options.restarts !== true) seen.fault(String(error))
  }
  // Two processes of readers: what they have in common is the store.
  const hubs = [0, 1].map(() => openHub({ engine: store.engine(), windowBytes: 4_096, onError }))
  const [first] = hubs
  if (first === undefined) throw new Error('there is no hub')
  const watches: ReaderWatch[] = []
  const reading = Array.from({ length: readers }, (_, index) => {
    const watch = new ReaderWatch(`reader ${index}`, seen)
    watches.push(watch)
    return readCut((hubs[index % 2] ?? first).topic<string>(topic), watch, {
      cuts,
      meanMs: (seconds * 1000) / (cuts + 1),
      policy: index % 10 === 1 ? 'skip' : 'catch-up',
      restMs: index % 10 < 2 ? Math.min(1_000, seconds * 80) : 0,
      random: randomFrom(seed + index),
    })
  })
  const appenders = await Appenders.start(store, { topic, perSecond, keepEntries })
  const continuedMs = await disturb(store, options, appenders, watches)
  await appenders.stop()
  await stopTopic(() => first.topic(topic, { keep: { entries: keepEntries } }).stop())
  await within(patienceMs, Promise.all(reading)).catch((error) => seen.fault(String(error)))
  const log = await within(patienceMs, readLog(store))
  await Promise.all(hubs.map((hub) => hub.close()))
  judge({ log, watches, appenders, seen })
  return {
    entries: log.length,
    delivered: watches.reduce((sum, { entries }) => sum + entries, 0),
    cuts: cuts * readers,
    kills: appenders.kills,
    acked: appenders.acked.length,
    gaps: countGaps(watches),
    faults: seen.faults,
    failures: appenders.failures,
    continuedMs,
    seconds: (performance.now() - startedAt) / 1000,
  }
}

/** Kills appenders until the time is over, and restarts the server in the middle. */
const disturb = async (
  store: ChaosStore,
  { seconds, killMs, restarts }: ChaosOptions,
  appenders: Appenders,
  watches: readonly ReaderWatch[],
): Promise<number | undefined> => {
  const startedAt = performance.now()
  const isOver = () => performance.now() - startedAt > seconds * 1000
  let continued: Promise<number> | undefined
  while (!isOver()) {
    await sleep(killMs)
    await appenders.killOne()
    const isHalf = performance.now() - startedAt > seconds * 500
    if (restarts === true && isHalf) continued ??= restarted(store, watches)
  }
  return continued
}

const restarted = async (
  { restart }: ChaosStore,
  watches: readonly ReaderWatch[],
): Promise<number> => {
  await restart?.()
  const startedAt = performance.now()
  const late = () => watches.filter(({ at }) => at <= startedAt).length
  while (late() > 0 && performance.now() - startedAt < patienceMs) await sleep(10)
  return performance.now() - startedAt
}

/** The appenders were killed just now, and the server may still be busy with them. */
const stopTopic = async (stop: () => Promise<void>): Promise<void> => {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return await stop()
    } catch {
      await sleep(500)
    }
  }
}

/** The whole log, read by a process that has seen nothing of it. */
const readLog = async (store: ChaosStore): Promise<Acked[]> => {
  const hub = openHub({ engine: store.engine() })
  const log: Acked[] = []
  const items: AsyncIterable<Item<string>> = hub.topic<string>(topic).read()
  for await (const item of items) if (item.kind === 'entry') log.push(item)
  await hub.close()
  return log
}

interface Outcome {
  readonly log: readonly Acked[]
  readonly watches: readonly ReaderWatch[]
  readonly appenders: Appenders
  readonly seen: Seen
}

const judge = ({ log, watches, appenders, seen }: Outcome): void => {
  const isFailover = watches.some(({ gaps }) => gaps.includes('failover'))
  const values = new Set(log.map(({ value }) => value))
  if (values.size !== log.length) seen.fault(`${log.length - values.size} entries are doubled`)
  const logged = new Map(log.map(({ id, value }) => [id, value]))
  const oldest = seqOf(log[0]?.id ?? '')
  // Readers began with the first entry: what was trimmed since then they have had.
  const total = oldest + log.length - 1
  const check = (id: string, value: string, how: string) => {
    const found = logged.get(id)
    const isGone = found === undefined && (isFailover || seqOf(id) < oldest)
    if (found !== value && !isGone) seen.fault(`${id} was ${how} as ${value}, and is ${found}`)
  }
  for (const { id, value } of appenders.acked) {
    check(id, value, 'acknowledged')
    const read = seen.values.get(id) ?? value
    if (read !== value) seen.fault(`${id} was acknowledged as ${value}, and read as ${read}`)
  }
  for (const [id, value] of seen.values) check(id, value, 'read')
  for (const { name, hasEnded, entries, gaps } of watches) {
    if (!hasEnded) seen.fault(`${name} has not come to the end`)
    else if (gaps.length === 0 && entries !== total)
      seen.fault(`${name} got ${entries} of ${total} entries, and no gap`)
  }
}

const seqOf = (id: string): number => Number(id.slice(id.lastIndexOf('.') + 1))

const countGaps = (watches: readonly ReaderWatch[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const reason of watches.flatMap(({ gaps }) => gaps))
    counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}
