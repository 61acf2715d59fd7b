// @slow 30
// @waits
// The engine in PostgreSQL: on a PGlite, and on a real server if one is installed.
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { databases } from '../../support/hub/postgres-databases.ts'
import { brief, readItems } from '../../support/hub/read-items.ts'
import { rejects } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { Database } from '../../support/hub/postgres-databases.ts'

const soon = 10_000

for (const { name, isHere, open } of databases) {
  const each = suite(`topics on ${name}`)
  let database: Database
  each.before(async () => {
    if (isHere) database = await open()
  })
  each.after(() => database?.close())
  const test = isHere ? each : each.skip

  test('entries of two hubs are read by both, in order', async () => {
    const engine = postgres({ pool: database.pool })
    const one = openHub({ engine })
    const two = openHub({ engine })
    const readings = [one, two].map((hub) => readItems(hub.topic('news').read(), 5))
    const first = await one.topic('news').append('a')
    await Promise.all(['b', 'c'].map((value) => two.topic('news').append(value)))
    await two.topic('news').append(new Uint8Array([0, 255]))
    await one.topic('news').stop('enough')
    for (const reading of readings)
      assert.equal((await within(soon, reading)).map(brief), [
        'v a',
        'v b',
        'v c',
        'v 0,255',
        'end stopped',
      ])
    const resumed = await within(soon, readItems(two.topic('news').read({ after: first })))
    assert.equal(resumed.map(brief), ['v b', 'v c', 'v 0,255', 'end stopped'])
    await rejects(() => one.topic('news').append('late'), 'TOPIC_ENDED')
    await one.close()
    await two.close()
  })

  each.run()
}
