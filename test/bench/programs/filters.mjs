// node filters.mjs ENGINE SOURCE [STAGES...]: nanoseconds a chunk through so many stages that pass everything on, as a line of JSON.
import process from 'node:process'
import { Readable } from 'node:stream'
import { median } from '../support/statistics.mjs'
import { engines } from './engines.mjs'

/** A chunk of 64 bytes, the same each time: what moves it is measured, not what fills it. */
const chunk = Buffer.alloc(64, 'a')

function* syncSource(count) {
  for (let i = 0; i < count; i++) yield chunk
}

async function* asyncSource(count) {
  for (let i = 0; i < count; i++) yield chunk
}

/** A stream that has the next chunk at once, as one of a file or a socket that is ahead of its reader. */
const nodeSource = (count) => {
  let left = count
  return new Readable({
    highWaterMark: 65_536,
    read() {
      this.push(left-- > 0 ? chunk : null)
    },
  })
}

const sources = { sync: syncSource, async: asyncSource, node: nodeSource }

const timeOf = async (run, source, stages, count) => {
  const startedAt = process.hrtime.bigint()
  const bytes = await run(source(count), stages)
  if (bytes !== count * chunk.length) throw new Error(`${bytes} bytes came of ${count} chunks`)
  return Number(process.hrtime.bigint() - startedAt)
}

/** Nanoseconds that one run takes: long enough for a few collections of garbage to fall into it. */
const runFor = 25e6
const runs = 5
const fewest = 1000
const most = 200_000

/** As many chunks as one run takes, after some that compile what is hot. */
const chunksFor = async (run, source, stages) => {
  for (let i = 0; i < 3; i++) await timeOf(run, source, stages, fewest)
  const time = (await timeOf(run, source, stages, fewest)) / fewest
  return Math.min(most, Math.max(fewest, Math.round(runFor / time)))
}

/** The median of some runs: what another process takes away from one of them does not count. */
const chunkTime = async (run, source, stages, count) => {
  const times = []
  for (let i = 0; i < runs; i++) times.push((await timeOf(run, source, stages, count)) / count)
  return median(times)
}

const measure = async (run, source, stageCounts) => {
  const times = {}
  // All of them once before any counts: the first would pay for what they share.
  for (const stages of stageCounts)
    await timeOf(run, source, stages, await chunksFor(run, source, stages))
  for (const stages of stageCounts) {
    const count = await chunksFor(run, source, stages)
    times[stages] = await chunkTime(run, source, stages, count)
  }
  return times
}

const [engine, sourceName, ...stageCounts] = process.argv.slice(2)
const run = await engines[engine]?.(sourceName)
const times =
  run === undefined ? {} : await measure(run, sources[sourceName], stageCounts.map(Number))
process.stdout.write(`${JSON.stringify(times)}\n`)
