// @slow 30
// @waits
// @seconds 300
// Readers that are cut at random moments, and appenders that are killed: each reader gets every entry once and in order, or a gap.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryStore } from '../support/hub/chaos/memory-store.ts'
import { runChaos } from '../support/hub/chaos/run-chaos.ts'

const chaos = suite('chaos')

const options = { readers: 1_000, cuts: 100, perSecond: 20, killMs: 1_000, seconds: 12 }

chaos('memory: 1,000 readers, each cut 100 times, miss nothing', async () => {
  const store = memoryStore()
  const report = await runChaos(store, { ...options, seed: 1 })
  await store.stop()
  assert.equal(report.faults, [])
})

chaos.run()
