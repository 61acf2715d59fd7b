// @waits
// @slow 8
// A hub on engines of users that break their contract: every call settles, readers wait, and `onError` gets each outage once.
import { memory, openHub } from '@sluice/hub'
import { sleep } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { changed } from '../support/hub/faults/faulty-engine.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type {
  Engine,
  EngineConnection,
  EngineListener,
  Hub,
  HubOptions,
  LogPage,
} from '@sluice/hub'

const soon = 5000

const never = (): Promise<never> => new Promise(() => {})

/** What the hub of an engine told `onError`, with the hub. */
const opened = (engine: Engine, options: HubOptions = {}): { hub: Hub; told: unknown[] } => {
  const told: unknown[] = []
  const hub = openHub({ engine, onError: (error) => told.push(error), ...options })
  return { hub, told }
}

/** The engine in memory with other calls, as plain JavaScript may have them. */
const answering = (answers: Readonly<Record<string, unknown>>): Engine =>
  changed(() => Object.assign({}, answers))

const silent = suite('an engine that does not answer')

silent('is reported once if only a reader waits, which goes on when it answers', async () => {
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const engine = changed((inner) => ({
    follow: async (topic) => {
      await answered
      return inner.follow(topic)
    },
  }))
  const { hub, told } = opened(engine, { engineTimeoutMs: 20 })
  const reading = readItems(hub.topic('news').read(), 1)
  await sleep(80)
  assert.equal(told.map(codeOf), ['ENGINE_TIMEOUT'])
  answer()
  await hub.topic('news').append(1)
  assert.equal((await within(soon, reading)).map(brief), ['v 1'])
  assert.is(told.length, 1)
  await hub.close()
})

silent('is reported once if only pauses wait', async () => {
  const { hub, told } = opened(answering({ follow: never, swap: never }), { engineTimeoutMs: 20 })
  const pauses = ['a', 'b'].map((key) => hub.pause(key, { timeoutMs: 100 }).resumed)
  const kinds = (await within(soon, Promise.all(pauses))).map(({ kind }) => kind)
  assert.equal(kinds, ['timed out', 'timed out'])
  assert.equal(told.map(codeOf), ['ENGINE_TIMEOUT'])
  await hub.close()
})

silent('does not keep close waiting: it rejects after engineTimeoutMs', async () => {
  const { hub } = opened(answering({ close: never }), { engineTimeoutMs: 20 })
  const topic = hub.topic('news')
  const reading = rejects(() => readItems(topic.read()), 'HUB_CLOSED')
  await topic.append(1)
  await rejects(() => within(soon, hub.close()), 'ENGINE_TIMEOUT')
  await reading
  await rejects(() => topic.append(2), 'HUB_CLOSED')
})

silent('ends what it has not answered when the hub was closed', async () => {
  const engine = answering({ append: never, read: never, remove: never })
  const { hub } = opened(engine, { engineTimeoutMs: Number.POSITIVE_INFINITY })
  const topic = hub.topic('news')
  const calls = [() => topic.append(1), () => topic.state(), () => topic.remove()]
  const waiting = calls.map((call) => rejects(call, 'HUB_CLOSED'))
  await turn(3)
  await hub.close()
  await within(soon, Promise.all(waiting))
})

silent('is waited for without a limit if engineTimeoutMs is Infinity', async () => {
  const engine = changed((inner) => ({
    append: async (topic, records, options) => {
      await sleep(30)
      return inner.append(topic, records, options)
    },
  }))
  const { hub } = opened(engine, { engineTimeoutMs: Number.POSITIVE_INFINITY })
  assert.type(await within(soon, hub.topic('news').append(1)), 'string')
  await hub.close()
})

silent.run()

const closing = suite('an engine that fails to close')

for (const [how, close] of Object.entries({
  throws: () => {
    throw new Error('locked')
  },
  rejects: () => Promise.reject(new Error('locked')),
}))
  closing(`close rejects with its error as the cause if it ${how}`, async () => {
    const { hub } = opened(answering({ close }))
    const { message, cause } = await rejects(() => hub.close(), 'ENGINE_FAILED')
    assert.match(message, /locked/)
    assert.match(String(cause), /locked/)
  })

closing.run()

const wrong = suite('an engine that answers something else')

const emptyState = { epochs: [], first: 1, last: 0, ended: false }

const wrongAppends: readonly unknown[] = [
  undefined,
  null,
  {},
  { kind: 'done' },
  { kind: 'appended', epoch: 'e', seq: Number.NaN },
  { kind: 'appended', epoch: 'e', seq: 0 },
  { kind: 'appended', epoch: 'a b', seq: 1 },
  { kind: 'appended', seq: 1 },
]

for (const answer of wrongAppends)
  wrong(`append rejects if it answers ${JSON.stringify(answer)}`, async () => {
    const { hub } = opened(answering({ append: async () => answer }))
    const topic = hub.topic('news')
    const { message } = await rejects(() => within(soon, topic.append(1)), 'ENGINE_FAILED')
    assert.match(message, /append\(\) answered .+, wanted an outcome/)
    await rejects(() => within(soon, topic.append(2)), 'ENGINE_FAILED')
    await hub.close()
  })

const wrongPages: readonly unknown[] = [
  undefined,
  {},
  { state: emptyState },
  { state: { ...emptyState, last: '7' }, records: [] },
  { state: { ...emptyState, first: 3 }, records: [] },
  { state: { ...emptyState, epochs: ['e'] }, records: [] },
  { state: emptyState, records: [{ seq: 1.5, bytes: new Uint8Array(1) }] },
  { state: emptyState, records: [{ seq: 1, bytes: 'text' }] },
]

for (const answer of wrongPages)
  wrong(`state rejects if read answers ${JSON.stringify(answer)}`, async () => {
    const { hub } = opened(answering({ read: async () => answer }))
    const { message } = await rejects(() => hub.topic('news').state(), 'ENGINE_FAILED')
    assert.match(message, /read\(\) answered .+, wanted a page of a log/)
    await hub.close()
  })

wrong('a pause times out if swap answers with no string, and resume rejects', async () => {
  const { hub, told } = opened(answering({ swap: async () => ({}) }))
  const outcome = await within(soon, hub.pause('key', { timeoutMs: 60 }).resumed)
  assert.is(outcome.kind, 'timed out')
  const { message } = await rejects(() => hub.resume('key'), 'ENGINE_FAILED')
  assert.match(message, /swap\(\) answered \{ {2}\}, wanted a string or undefined/)
  assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
  await hub.close()
})

wrong('a reader misses nothing if a page that arrives is none, which is reported', async () => {
  let isWrong = false
  const broken = (listener: EngineListener) => ({
    arrived: (topic: string, page: LogPage) => {
      const given = { ...page, ...(isWrong ? { state: null } : {}) }
      // @ts-expect-error Plain JavaScript.
      listener.arrived(topic, given)
    },
  })
  const { hub, told } = opened(changed(() => ({}), broken))
  const topic = hub.topic('news')
  const reading = readItems(topic.read(), 3)
  await topic.append(1)
  await turn(3)
  isWrong = true
  await topic.append(2)
  isWrong = false
  await topic.append(3)
  assert.equal((await within(soon, reading)).map(brief), ['v 1', 'v 2', 'v 3'])
  assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
  await hub.close()
})

wrong('an unfollow that throws is reported', async () => {
  const unfollow = () => {
    throw new Error('no such topic')
  }
  const { hub, told } = opened(answering({ unfollow }))
  await hub.topic('news').append(1)
  await readItems(hub.topic('news').read(), 1)
  while (told.length === 0) await sleep(50)
  assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
  await hub.close()
})

wrong.run()

const following = suite('an engine that fails to follow')

for (const [how, fail] of Object.entries({
  throws: () => {
    throw new Error('not yet')
  },
  rejects: () => Promise.reject(new Error('not yet')),
  'answers something else': async () => ({}),
}))
  following(`is asked again if it ${how}: readers wait, and it is reported once`, async () => {
    let attempts = 0
    const { hub, told } = opened(
      changed((inner: EngineConnection) =>
        Object.assign(
          { ...inner },
          {
            follow: (topic: string) => (++attempts < 4 ? fail() : inner.follow(topic)),
          },
        ),
      ),
    )
    const topic = hub.topic('news')
    await topic.append(1)
    const reading = readItems(topic.read(), 1)
    await turn(3)
    assert.is(await stateOf(reading), 'pending')
    // An engine that answers other calls is still the same outage.
    await topic.state()
    assert.equal((await within(soon, reading)).map(brief), ['v 1'])
    assert.is(attempts, 4)
    assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
    await hub.close()
  })

following('is reported once for several topics, though it answers all other calls', async () => {
  let isBroken = true
  const { hub, told } = opened(
    changed((inner) => ({
      follow: (topic) => (isBroken ? Promise.reject(new Error('not yet')) : inner.follow(topic)),
    })),
  )
  const topics = ['a', 'b', 'c'].map((name) => hub.topic(name))
  const readings = topics.map((topic) => readItems(topic.read(), 1))
  for (const topic of topics) {
    await topic.append(1)
    await sleep(60)
  }
  isBroken = false
  assert.equal((await within(soon, Promise.all(readings))).flat().map(brief), ['v 1', 'v 1', 'v 1'])
  assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
  isBroken = true
  const other = readItems(hub.topic('d').read(), 1)
  await hub.topic('d').append(1)
  assert.equal(told.map(codeOf), ['ENGINE_FAILED', 'ENGINE_FAILED'])
  isBroken = false
  await within(soon, other)
  await hub.close()
})

following('is not asked again once nothing reads the topic', async () => {
  let attempts = 0
  const follow = () => {
    attempts++
    return Promise.reject(new Error('never'))
  }
  const { hub } = opened(answering({ follow }))
  const signal = AbortSignal.timeout(20)
  await rejects(() => readItems(hub.topic('news').read({ signal })), Error)
  await sleep(2_400)
  const before = attempts
  await sleep(2_500)
  assert.is(attempts, before)
  await hub.close()
})

following.run()

const connecting = suite('an engine without a connection')

const noEngines: readonly {
  readonly name: string
  readonly engine: unknown
  readonly says: RegExp
}[] = [
  { name: 'is an empty object', engine: {}, says: /wanted/ },
  {
    name: 'has no connect that is called',
    engine: { name: 'mine', connect: 1 },
    says: /wanted an engine/,
  },
  { name: 'returns nothing', engine: { name: 'mine', connect() {} }, says: /mine.*undefined/ },
  { name: 'returns a promise', engine: { name: 'mine', async connect() {} }, says: /promise/ },
  {
    name: 'returns something without swap',
    engine: {
      name: 'mine',
      connect: (listener: EngineListener) => ({
        ...changed(() => ({})).connect(listener),
        swap: undefined,
      }),
    },
    says: /without swap\(\)/,
  },
]

for (const { name, engine, says } of noEngines)
  connecting(`is refused at the call if it ${name}`, () => {
    // @ts-expect-error Plain JavaScript.
    assert.match(throwsAtOnce(() => openHub({ engine }), TypeError).message, says)
  })

connecting('memory is one with a connection', async () => {
  await openHub({ engine: memory() }).close()
})

connecting.run()

const torn = suite('an engine whose following fails')

torn('is one outage until it recovers, though appends succeed between its tries', async () => {
  const store = memory()
  const listeners: EngineListener[] = []
  const engine: Engine = {
    name: 'torn',
    connect(listener) {
      listeners.push(listener)
      return store.connect(listener)
    },
  }
  const { hub, told } = opened(engine)
  const [listener] = listeners
  const news = hub.topic('news')
  for (let i = 0; i < 3; i++) {
    listener?.failed(new Error('torn'))
    await news.append(i)
  }
  assert.equal(told.map(codeOf), ['ENGINE_FAILED'])
  listener?.recovered()
  listener?.failed(new Error('torn again'))
  assert.equal(told.map(codeOf), ['ENGINE_FAILED', 'ENGINE_FAILED'])
  await hub.close()
})

torn.run()
