// A topic on the engine in memory: what readers get, in which order, and where they continue.
import { pullFrom } from '@sluice/body/engine'
import { memory, openHub } from '@sluice/hub'
import { sleep } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { changed } from '../support/hub/faults/faulty-engine.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { withHub } from '../support/hub/with-hub.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn, within } from '../support/within.ts'
import type { Engine, EngineConnection, Topic } from '@sluice/hub'

const soon = 5000

const topics = suite('topic')

const appendAll = async (topic: Topic, ...values: unknown[]): Promise<string[]> =>
  Promise.all(values.map((value) => topic.append(value)))

topics('a reader gets what was appended before and after it came, in order', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    await appendAll(topic, 1, 2)
    const reading = readItems(topic.read(), 4)
    await turn(3)
    await appendAll(topic, 3, 4)
    assert.equal((await within(soon, reading)).map(brief), ['v 1', 'v 2', 'v 3', 'v 4'])
  }),
)

topics('a reader that was cut continues behind the id that it had', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    const ids = await appendAll(topic, 'a', 'b', 'c')
    const items = await within(soon, readItems(topic.read({ after: ids[0] }), 2))
    assert.equal(items.map(brief), ['v b', 'v c'])
    assert.equal(
      items.map((item) => (item.kind === 'entry' ? item.id : '')),
      ids.slice(1),
    )
  }),
)

topics('a reader from now gets what comes after its first pull', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    await topic.append('old')
    const reading = readItems(topic.read({ from: 'now' }), 1)
    await turn(3)
    await topic.append('new')
    assert.equal((await within(soon, reading)).map(brief), ['v new'])
  }),
)

topics('bytes arrive as bytes, and values as JSON has them', () =>
  withHub(async (hub) => {
    const topic = hub.topic('mixed')
    await appendAll(topic, new Uint8Array([0, 255]), { a: [null, 'é'] }, '', null, false)
    const items = await within(soon, readItems(topic.read(), 5))
    assert.equal(
      items.map((item) => item.kind === 'entry' && item.value),
      [new Uint8Array([0, 255]), { a: [null, 'é'] }, '', null, false],
    )
  }),
)

topics('what is not kept is one gap, behind which the reader continues', () =>
  withHub(async (hub) => {
    const topic = hub.topic('short', { keep: { entries: 2 } })
    const ids = await appendAll(topic, 1, 2, 3, 4, 5)
    const items = await within(soon, readItems(topic.read({ after: ids[0] }), 3))
    assert.equal(items.map(brief), ['gap trimmed', 'v 4', 'v 5'])
    assert.equal(items[0], {
      kind: 'gap',
      gap: { reason: 'trimmed', after: ids[0], to: ids[2] },
    })
  }),
)

for (const after of [
  '',
  '15',
  'x.y',
  '.1',
  'a.-1',
  'a.1.2',
  'elsewhere.1',
  '\0',
  'a.99999999999999999',
])
  topics(`the foreign id ${JSON.stringify(after)} is a gap, and then all that is kept`, () =>
    withHub(async (hub) => {
      const topic = hub.topic('news')
      await appendAll(topic, 1, 2)
      const items = await within(soon, readItems(topic.read({ after }), 3))
      assert.equal(items.map(brief), ['gap unknown', 'v 1', 'v 2'])
    }),
  )

topics('stop ends every reader behind what was appended, and later appends are refused', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    const reading = readItems(topic.read())
    const id = await topic.append(1)
    await topic.stop('enough')
    const items = await within(soon, reading)
    assert.equal(items.map(brief), ['v 1', 'end stopped'])
    assert.is(items[1]?.kind === 'end' && items[1].reason, 'enough')
    await rejects(() => topic.append(2), 'TOPIC_ENDED')
    await topic.stop('again')
    for (const after of [id, items[1]?.kind === 'end' ? items[1].id : ''])
      assert.equal((await within(soon, readItems(topic.read({ after })))).map(brief), [
        'end stopped',
      ])
  }),
)

topics('a body that is first pulled after all other readers have left gets what comes then', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    const late = pullFrom(topic.read({ from: 'now' }))
    await topic.append(1)
    await readItems(topic.read(), 1)
    // The process does not follow the topic any more.
    await sleep(2_100)
    const first = Promise.resolve(late.pull())
    await turn(3)
    await topic.append(2)
    const item = await within(soon, first)
    assert.is(item === undefined ? 'end' : brief(item), 'v 2')
    await late.close()
  }),
)

topics('a reader that comes back to what the process holds does not ask the engine', async () => {
  let reads = 0
  const engine = changed((inner) => ({
    read(...given) {
      reads++
      return inner.read(...given)
    },
  }))
  await withHub(
    async (hub) => {
      const topic = hub.topic('news')
      const first = await topic.append(1)
      // Holds what comes from now on.
      const keeps = topic.read()[Symbol.asyncIterator]()
      await within(soon, keeps.next())
      const second = await topic.append(2)
      await within(soon, keeps.next())
      const before = reads
      const items = await within(soon, readItems(topic.read({ after: first }), 1))
      const waits = readItems(topic.read({ after: second }), 1)
      await turn(3)
      await topic.append(3)
      assert.equal([...items, ...(await within(soon, waits))].map(brief), ['v 2', 'v 3'])
      assert.is(reads, before)
      // What is not known here is asked for.
      const ahead = await within(soon, readItems(topic.read({ after: `${second}00` }), 1))
      assert.equal(ahead.map(brief), ['gap unknown'])
      await topic.stop()
      const { newest } = await topic.state()
      for (const after of [second, newest])
        assert.is((await within(soon, readItems(topic.read({ after })))).at(-1)?.kind, 'end')
      await keeps.return?.()
    },
    { engine },
  )
})

topics('what is too old is not given to readers that come later, however they begin', () => {
  // As Redis and PostgreSQL, which do not tell followers of it.
  const silent = changed(
    () => ({}),
    (listener) => ({
      arrived(log, page) {
        if (page.records.length > 0) listener.arrived(log, page)
      },
    }),
  )
  return withHub(
    async (hub) => {
      const topic = hub.topic('short', { keep: { ms: 30 } })
      const waits = topic.read()[Symbol.asyncIterator]()
      const id = await topic.append('old')
      await within(soon, waits.next())
      while ((await topic.state()).newest !== undefined) await sleep(5)
      const waiting = waits.next()
      const oldest = readItems(topic.read(), 1)
      const after = readItems(topic.read({ after: id }), 2)
      await sleep(60)
      await topic.append('new')
      assert.equal((await within(soon, oldest)).map(brief), ['v new'])
      const resumed = (await within(soon, after)).map(brief)
      assert.is(resumed.at(-1), 'v new')
      assert.not.ok(resumed.includes('v old'), resumed.join())
      assert.is((await within(soon, waiting)).value?.kind, 'gap')
      assert.equal((await within(soon, waits.next())).value?.value, 'new')
      await waits.return?.()
    },
    { engine: silent },
  )
})

topics('its state has the ids at both ends, and whether it has ended', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news', { keep: { entries: 2 } })
    assert.equal(await topic.state(), { oldest: undefined, newest: undefined, ended: false })
    const ids = await appendAll(topic, 1, 2, 3)
    assert.equal(await topic.state(), { oldest: ids[1], newest: ids[2], ended: false })
    await topic.stop()
    const { oldest, newest, ended } = await topic.state()
    assert.is(oldest, ids[2])
    assert.ok(newest !== undefined && newest !== ids[2])
    assert.is(ended, true)
  }),
)

topics('appends by several objects of one topic go to the engine together', async () => {
  const sizes: number[] = []
  const engine = memory()
  const counting: Engine = {
    name: 'counting',
    connect(listener) {
      const connection = engine.connect(listener)
      return {
        append(topic, records, options) {
          sizes.push(records.length)
          return connection.append(topic, records, options)
        },
        read: (topic, after, limits) => connection.read(topic, after, limits),
        follow: (topic) => connection.follow(topic),
        unfollow: (topic) => connection.unfollow(topic),
        swap: (key, change) => connection.swap(key, change),
        remove: (topic) => connection.remove(topic),
        close: () => connection.close(),
      }
    },
  }
  const hub = openHub({ engine: counting })
  await Promise.all(Array.from({ length: 10 }, (_, value) => hub.topic('news').append(value)))
  assert.equal(sizes, [1, 9])
  await hub.close()
})

topics('two hubs on one engine share topics', async () => {
  const engine = memory()
  const one = openHub({ engine })
  const two = openHub({ engine })
  const reading = readItems(two.topic('news').read(), 2)
  await turn(2)
  await one.topic('news').append('from one')
  await two.topic('news').append('from two')
  assert.equal((await within(soon, reading)).map(brief), ['v from one', 'v from two'])
  await one.close()
  await two.close()
})

topics('a slow reader catches up from the engine, skips, or is disconnected', () =>
  withHub(
    async (hub) => {
      const topic = hub.topic('fast')
      await topic.append(0)
      const readings = (['catch-up', 'skip', 'disconnect'] as const).map((policy) =>
        topic.read({ policy })[Symbol.asyncIterator](),
      )
      for (const reading of readings) await within(soon, reading.next())
      // Live, in the window.
      await topic.append(1)
      for (const reading of readings) await within(soon, reading.next())
      for (let i = 2; i <= 20; i++) await topic.append(i)
      const [caughtUp, skipped, disconnected] = readings
      assert.equal((await within(soon, caughtUp?.next()))?.value?.value, 2)
      assert.is((await within(soon, skipped?.next()))?.value?.gap.reason, 'slow')
      const next = (await within(soon, skipped?.next()))?.value
      assert.ok(next?.value > 2 && next?.value <= 20, JSON.stringify(next))
      await rejects(() => within(soon, disconnected?.next()), 'READER_SLOW')
      for (const reading of readings) await reading.return?.()
    },
    { windowBytes: 8 },
  ),
)

topics('an entry of maxEntryBytes is appended, and one byte more is refused', () =>
  withHub(
    async (hub) => {
      const topic = hub.topic('small')
      await topic.append(new Uint8Array(4))
      await topic.append('ab')
      await rejects(() => topic.append(new Uint8Array(5)), 'ENTRY_TOO_LARGE')
      await rejects(() => topic.append('abc'), 'ENTRY_TOO_LARGE')
    },
    { maxEntryBytes: 4 },
  ),
)

topics('what is not an engine is refused at the call, with what to do', () => {
  for (const [given, found] of [
    ['redis://localhost', 'a string'],
    [() => memory(), 'a function'],
    [null, 'null'],
    // A client of Redis, and a pool of PostgreSQL.
    [{ connect: async () => {} }, '[object Object]'],
  ] as const) {
    const { message } = throwsAtOnce(() => openHub({ engine: untyped(given) }), TypeError)
    assert.is(
      message,
      `Cannot open a hub: found ${found}, wanted an engine, such as redis({ client })`,
    )
  }
})

topics('close fails readers at the call, however long the engine takes', async () => {
  const engine = changed(() => ({ close: () => new Promise<void>(() => {}) }))
  const hub = openHub({ engine, engineTimeoutMs: 50 })
  const reading = readItems(hub.topic('news').read())
  await turn(2)
  const closing = hub.close()
  await rejects(() => within(soon, reading), 'HUB_CLOSED')
  await rejects(() => within(soon, closing), 'ENGINE_TIMEOUT')
})

topics('close fails its readers, and later calls', async () => {
  const hub = openHub()
  const topic = hub.topic('news')
  const reading = readItems(topic.read())
  await turn(2)
  await hub.close()
  await rejects(() => within(soon, reading), 'HUB_CLOSED')
  await rejects(() => topic.append(1), 'HUB_CLOSED')
  await rejects(() => within(soon, readItems(topic.read())), 'HUB_CLOSED')
})

/** The engine in memory, with other answers to some calls. */
const memoryWith = (
  change: (connection: EngineConnection) => Partial<EngineConnection>,
): Engine => {
  const engine = memory()
  return {
    name: 'memory',
    connect(listener) {
      const connection = engine.connect(listener)
      const changed = change(connection)
      return {
        append: (...args) => connection.append(...args),
        read: (...args) => connection.read(...args),
        follow: (topic) => connection.follow(topic),
        unfollow: (topic) => connection.unfollow(topic),
        swap: (...args) => connection.swap(...args),
        remove: (topic) => connection.remove(topic),
        close: () => connection.close(),
        ...changed,
      }
    },
  }
}

topics('what arrives before follow has answered is not missed', async () => {
  let isFirst = true
  const engine = memoryWith((connection) => ({
    // One record at a time: the reader takes the next from what has arrived.
    read: (topic, after, limits) => connection.read(topic, after, { ...limits, entries: 1 }),
    async follow(log) {
      const state = await connection.follow(log)
      if (log === 't:news' && isFirst) {
        isFirst = false
        await topic.append('early')
      }
      return state
    },
  }))
  const hub = openHub({ engine })
  const topic = hub.topic('news')
  await topic.append('old')
  const items = await within(soon, readItems(topic.read(), 2))
  assert.equal(items.map(brief), ['v old', 'v early'])
  await hub.close()
})

topics('a reader that waits for the engine ends at once by its signal, and by close', async () => {
  const engine = memoryWith(() => ({ follow: () => new Promise(() => {}) }))
  const hub = openHub({ engine })
  const topic = hub.topic('news')
  const leaving = new AbortController()
  const reading = readItems(topic.read({ signal: leaving.signal }))
  await turn(2)
  leaving.abort(new Error('left'))
  let why: unknown
  await within(soon, reading).catch((error) => {
    why = error
  })
  assert.match(String(why), /left/)
  const pull = pullFrom(topic.read())
  const pulled = Promise.resolve(pull.pull())
  await turn(2)
  await pull.close()
  assert.is(await within(soon, pulled), undefined)
  await hub.close()
})

topics('an end that comes while a reader waits is given, and then no more', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    await topic.append(1)
    const pull = pullFrom(topic.read())
    assert.is((await within(soon, pull.pull()))?.kind, 'entry')
    const pulled = Promise.resolve(pull.pull())
    await turn(2)
    await topic.stop()
    assert.is((await within(soon, pulled))?.kind, 'end')
    assert.is(await within(soon, pull.pull()), undefined)
  }),
)

topics.run()
