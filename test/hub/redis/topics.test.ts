// @slow 10
// Topics on a real Redis: what readers of several processes get.
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief, readItems } from '../../support/hub/read-items.ts'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import { rejects } from '../../support/rejects.ts'
import { leavingNoHandles } from '../../support/server/leaving-no-handles.ts'
import { within } from '../../support/within.ts'
import type { Hub, HubOptions } from '@sluice/hub'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const soon = 10_000

const topics = suite(`redis topics${unlessRedis}`)

let server: RedisServer
topics.before(async () => {
  if (hasRedis) server = await startRedis()
})
topics.before.each(async () => {
  if (hasRedis) await server.ask('FLUSHALL')
})
topics.after(() => server?.stop())

const test = (title: string, run: () => Promise<void>): void => {
  if (hasRedis) topics(title, run)
  else topics.skip(title, run)
}

/** Hubs of two processes. */
const withHubs = async (
  run: (one: Hub, two: Hub) => Promise<void>,
  options: HubOptions = {},
): Promise<void> => {
  const hubs = [server.client, server.client].map((client) =>
    openHub({ engine: redis({ client }), ...options }),
  )
  const [one, two] = hubs
  try {
    if (one !== undefined && two !== undefined) await run(one, two)
  } finally {
    await Promise.all(hubs.map((hub) => hub.close()))
  }
}

test('a reader in another process gets what was appended before and after it came, in order', () =>
  withHubs(async (one, two) => {
    const topic = one.topic('news')
    await Promise.all([topic.append(1), topic.append(2)])
    const reading = two.topic('news').read()[Symbol.asyncIterator]()
    const read = async () => brief((await within(soon, reading.next())).value)
    assert.equal([await read(), await read()], ['v 1', 'v 2'])
    const next = read()
    await topic.append(3)
    await topic.append(new Uint8Array([0, 255, 13, 10]))
    assert.is(await next, 'v 3')
    assert.is(await read(), 'v 0,255,13,10')
    await reading.return?.()
  }))

test('a reader that was cut continues behind its id in another process', () =>
  withHubs(async (one, two) => {
    const topic = one.topic('news')
    const ids = await Promise.all(['a', 'b', 'c'].map((value) => topic.append(value)))
    const items = await within(soon, readItems(two.topic('news').read({ after: ids[0] }), 2))
    assert.equal(items.map(brief), ['v b', 'v c'])
    assert.equal(
      items.map((item) => (item.kind === 'entry' ? item.id : '')),
      ids.slice(1),
    )
  }))

test('stop ends readers of all processes, and appends of all are refused', () =>
  withHubs(async (one, two) => {
    const reading = readItems(two.topic('news').read())
    await one.topic('news').append(1)
    await one.topic('news').stop('enough')
    assert.equal((await within(soon, reading)).map(brief), ['v 1', 'end stopped'])
    await rejects(() => two.topic('news').append(2), 'TOPIC_ENDED')
  }))

test('nothing is left after closing: no handle, and no key but those of topics', () =>
  leavingNoHandles(async () => {
    await withHubs(async (one, two) => {
      const reading = readItems(two.topic('news').read(), 1)
      const later = readItems(two.topic('more').read(), 1)
      await one.topic('news').append(1)
      await one.topic('more').append(1)
      await within(soon, Promise.all([reading, later]))
    })
    assert.equal(
      (await keys()).filter((key) => key.includes('wake')),
      [],
    )
  }))

const keys = async (): Promise<readonly string[]> => {
  const found = await server.ask('KEYS', '*')
  return Array.isArray(found) ? found.map(String).sort() : []
}

topics.run()
