// @slow 30
// @waits
// @seconds 300
// Readers that are cut, appenders in other processes that are killed, and a PostgreSQL that crashes, all at random moments.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { postgresStore } from '../../support/hub/chaos/postgres-store.ts'
import { runChaos } from '../../support/hub/chaos/run-chaos.ts'
import { postgresPrograms, unlessPostgres } from '../../support/hub/postgres-server.ts'
import type { ChaosOptions, ChaosReport } from '../../support/hub/chaos/run-chaos.ts'

const chaos = suite(`chaos on PostgreSQL${unlessPostgres}`)
const test = postgresPrograms === undefined ? chaos.skip : chaos

const run = async (options: ChaosOptions): Promise<ChaosReport> => {
  const store = await postgresStore()
  try {
    return await runChaos(store, options)
  } finally {
    await store.stop?.()
  }
}

const load = { perSecond: 20, killMs: 1_000 }

const gapsOf = ({ gaps }: ChaosReport) => Object.keys(gaps).filter((reason) => reason !== 'slow')

test('1,000 readers, each cut 100 times, miss nothing', async () => {
  const report = await run({ ...load, readers: 1_000, cuts: 100, seconds: 12, seed: 1 })
  assert.equal(report.faults, [])
  assert.equal(gapsOf(report), [])
  assert.ok(report.kills > 0, 'appenders were killed')
})

test('no reader is lost if PostgreSQL crashes and starts again, and none misses anything', async () => {
  const report = await run({ ...load, readers: 300, cuts: 30, seconds: 6, seed: 2, restarts: true })
  console.log(
    `every reader continues ${report.continuedMs?.toFixed(0)} ms after PostgreSQL answers`,
  )
  assert.equal(report.faults, [])
  assert.equal(gapsOf(report), [])
})

chaos.run()
