// @slow 30
// @waits
// @seconds 300
// Readers that are cut, appenders in other processes that are killed, and a Redis that is killed, all at random moments.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redisStore } from '../../support/hub/chaos/redis-store.ts'
import { runChaos } from '../../support/hub/chaos/run-chaos.ts'
import { hasRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import type { ChaosOptions, ChaosReport } from '../../support/hub/chaos/run-chaos.ts'

const chaos = suite(`chaos on Redis${unlessRedis}`)
const test = hasRedis ? chaos : chaos.skip

const run = async (options: ChaosOptions): Promise<ChaosReport> => {
  const store = await redisStore()
  try {
    return await runChaos(store, options)
  } finally {
    await store.stop?.()
  }
}

const load = { perSecond: 20, killMs: 1_000 }

test('1,000 readers, each cut 100 times, miss nothing', async () => {
  const report = await run({ ...load, readers: 1_000, cuts: 100, seconds: 12, seed: 1 })
  assert.equal(report.faults, [])
  assert.equal(
    Object.keys(report.gaps).filter((reason) => reason !== 'slow'),
    [],
  )
  assert.ok(report.kills > 0, 'appenders were killed')
})

test('no reader is lost if Redis is killed and starts again, and each is told of a gap', async () => {
  const options = { readers: 300, cuts: 30, seconds: 6, seed: 2, restarts: true }
  const report = await run({ ...load, ...options })
  console.log(`every reader continues ${report.continuedMs?.toFixed(0)} ms after Redis answers`)
  assert.equal(report.faults, [])
  assert.is(report.gaps.failover, options.readers)
  assert.equal(
    Object.keys(report.gaps).filter((reason) => reason !== 'slow'),
    ['failover'],
  )
})

chaos.run()
