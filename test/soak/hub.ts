import { setTimeout as sleep } from 'node:timers/promises'
import { openHub } from '@sluice/hub'
import { randomFrom } from '../faults/support/random.ts'
import { runChaos } from '../support/hub/chaos/run-chaos.ts'
import { stores } from '../support/hub/chaos/stores.ts'
import { slopeOf } from './samples.ts'
import type { Hub, Topic } from '@sluice/hub'
import type { ChaosStore } from '../support/hub/chaos/chaos-store.ts'
import type { Finding } from './disconnects.ts'
import type { Sample } from './samples.ts'

const topics = 4
const readers = 200
const perSecond = 1_000
const keep = { entries: 2_000 }
const sampleSeconds = 2
/** MiB in ten minutes by which the heap may rise. */
const heapSlope = 1

/** A hub under load: chaos first, then many entries while readers come and go. */
export const soakHub = async (engine: string, seconds: number): Promise<readonly Finding[]> => {
  const startStore = stores.get(engine)
  if (startStore === undefined)
    throw new RangeError(
      `Cannot soak: found --hub ${engine}, wanted one of ${[...stores.keys()].join(', ')}`,
    )
  const store = await startStore()
  try {
    return [...(await chaos(store, seconds / 4)), ...(await flat(store, (seconds * 3) / 4))]
  } finally {
    await store.stop?.()
  }
}

const chaos = async (store: ChaosStore, seconds: number): Promise<readonly Finding[]> => {
  const load = { readers: 1_000, cuts: 100, perSecond: 50, killMs: 1_000, seed: 1 }
  const restarts = store.restart !== undefined
  const report = await runChaos(store, { ...load, seconds, restarts })
  for (const fault of report.faults) console.log(fault)
  const { entries, delivered, cuts, kills, faults, gaps, continuedMs } = report
  return [
    {
      name: `chaos: ${delivered} of ${entries} entries to ${load.readers} readers, ${cuts} cuts, ${kills} appenders killed, gaps ${JSON.stringify(gaps)}`,
      found: `${faults.length} faults`,
      good: faults.length === 0,
    },
    ...(continuedMs === undefined
      ? []
      : [
          {
            name: 'readers continue after a restart',
            found: `${continuedMs.toFixed(0)} ms`,
            good: true,
          },
        ]),
  ]
}

/** Appends at a rate in all topics, in turn. */
const append = async (all: readonly Topic<string>[], isOver: () => boolean): Promise<number> => {
  const startedAt = performance.now()
  let appended = 0
  while (!isOver()) {
    const due = ((performance.now() - startedAt) / 1000) * perSecond
    const batch: Promise<string>[] = []
    for (; appended < due; appended++) {
      const topic = all[appended % all.length]
      if (topic !== undefined) batch.push(topic.append(`${appended} ${'x'.repeat(100)}`))
    }
    await Promise.all(batch)
    await sleep(5)
  }
  return appended
}

/** A reader that stays for a while, then another one that begins with what comes. */
const comeAndGo = async (topic: Topic<string>, index: number, isOver: () => boolean) => {
  const random = randomFrom(index)
  while (!isOver()) {
    const leaving = new AbortController()
    const timer = setTimeout(() => leaving.abort(), random() * 4_000)
    try {
      const from = random() < 0.5 ? 'now' : 'oldest'
      for await (const item of topic.read({ from, signal: leaving.signal }))
        if (item.kind === 'end') return
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

const sampleNow = (startedAt: number): Sample => {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    at: (performance.now() - startedAt) / 1000,
    rss: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
  }
}

const load = async (hub: Hub, seconds: number) => {
  const startedAt = performance.now()
  const isOver = () => performance.now() - startedAt > seconds * 1000
  const all = Array.from({ length: topics }, (_, index) =>
    hub.topic<string>(`flat ${index}`, { keep }),
  )
  const reading = Array.from({ length: readers }, (_, index) =>
    comeAndGo(all[index % topics] ?? hub.topic('none'), index, isOver),
  )
  const appending = append(all, isOver)
  const samples: Sample[] = []
  while (!isOver()) {
    await sleep(sampleSeconds * 1000)
    samples.push(sampleNow(startedAt))
  }
  const appended = await appending
  await Promise.all(reading)
  await Promise.all(all.map((topic) => topic.remove()))
  return { samples, appended }
}

const flat = async (store: ChaosStore, seconds: number): Promise<readonly Finding[]> => {
  const before = process.getActiveResourcesInfo().length
  // A small window is full soon: what grows later is a leak.
  const hub = openHub({ engine: store.engine(), windowBytes: 65_536 })
  const { samples, appended } = await load(hub, seconds)
  await hub.close()
  await sleep(3_000)
  const left = process.getActiveResourcesInfo().length - before
  const { rise, margin } = slopeOf(samples.slice(Math.floor(samples.length / 3)), 'heap')
  return [
    {
      name: `heap slope at ${(appended / seconds).toFixed(0)} entries a second`,
      found: `${rise.toFixed(2)} +- ${margin.toFixed(2)} MiB in 10 min`,
      good: rise - margin <= heapSlope,
    },
    { name: 'handles and timers left after close', found: `${left}`, good: left <= 0 },
  ]
}
