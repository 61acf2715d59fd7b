// @slow 10
// @waits
// Connections of a pool that are lost at any moment, or that do not answer: nothing is thrown, and readers and callers go on.
import { PGlite } from '@electric-sql/pglite'
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fragilePool } from '../../support/hub/fragile-pool.ts'
import { brief, readItems } from '../../support/hub/read-items.ts'
import { rejects } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { SqlResult } from '@sluice/hub/postgres'
import type { Answering } from '../../support/hub/fragile-pool.ts'

const soon = 20_000

const connections = suite('connections of the engine')
let db: PGlite
connections.before(async () => {
  db = await PGlite.create()
})
connections.after(() => db.close())

const lost = new Error('Connection terminated unexpectedly')

/** Runs in a turn of the event loop of its own, as events of sockets do: what it throws ends the process. */
const inTurn = <T>(run: () => T): Promise<T> =>
  new Promise((resolve) => setImmediate(() => resolve(run())))

const moments: Readonly<Record<string, Answering>> = {
  async 'while LISTEN is unanswered'(client) {
    await inTurn(() => client.emit('error', lost))
    throw lost
  },
  async 'after LISTEN is rejected'(client) {
    setImmediate(() => client.emit('error', lost))
    throw lost
  },
  'in the moment in which LISTEN is answered': (client, _, answer) =>
    new Promise<SqlResult>((resolve) =>
      answer().then((result) =>
        setImmediate(() => {
          resolve(result)
          client.emit('error', lost)
        }),
      ),
    ),
  async 'after LISTEN is answered'(client, _, answer) {
    const result = await answer()
    setImmediate(() => client.emit('error', lost))
    return result
  },
  async twice(client) {
    await inTurn(() => client.emit('error', lost))
    await inTurn(() => client.emit('error', lost))
    throw lost
  },
}

for (const [moment, lose] of Object.entries(moments))
  connections(`a connection that is lost ${moment} is replaced`, async () => {
    let listens = 0
    const { pool, clients } = fragilePool(db, async (client, text, answer) => {
      if (!text.startsWith('listen')) return answer()
      // A PGlite has one connection.
      return ++listens > 1 ? { rows: [] } : lose(client, text, async () => ({ rows: [] }))
    })
    const hub = openHub({ engine: postgres({ pool, pollMs: 20 }), onError() {} })
    const topic = hub.topic(moment)
    const reading = readItems(topic.read(), 1)
    await topic.append(1)
    assert.equal((await within(soon, reading)).map(brief), ['v 1'])
    while (listens < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await hub.close()
    for (const { releases } of clients) assert.is(releases.length, 1)
  })

connections(
  'a connection that is lost while a call waits rejects it, and is destroyed',
  async () => {
    let isLosing = false
    const { pool, clients } = fragilePool(db, async (client, text, answer) => {
      if (!isLosing || !text.includes('append')) return answer()
      isLosing = false
      await inTurn(() => client.emit('error', lost))
      throw lost
    })
    const hub = openHub({ engine: postgres({ pool }) })
    const topic = hub.topic('call')
    await topic.append(1)
    isLosing = true
    await rejects(() => topic.append(2), 'ENGINE_FAILED')
    assert.equal(clients.at(-1)?.releases, [true])
    await topic.append(3)
    assert.equal(clients.at(-1)?.releases, [false])
    assert.equal((await readItems(topic.read(), 2)).map(brief), ['v 1', 'v 3'])
    await hub.close()
  },
)

connections.run()
