// Pauses that any process resumes. Two hubs on one engine stand for two processes.
import { readText, toBody } from '@sluice/body'
import { memory, openHub } from '@sluice/hub'
import { sleep } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners } from '../support/bodies/leaving-nothing.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Engine, Hub, HubOptions } from '@sluice/hub'
import type { PauseOutcome } from '@sluice/pause'

const soon = 5000

const pauses = suite('hub.pause')

interface Processes {
  readonly one: Hub
  readonly two: Hub
  readonly engine: Engine
}

const inProcesses = async (
  run: (processes: Processes) => Promise<void>,
  options: HubOptions = {},
): Promise<void> => {
  const engine = options.engine ?? memory()
  const one = openHub({ ...options, engine })
  const two = openHub({ ...options, engine })
  try {
    await run({ one, two, engine })
  } finally {
    await one.close()
    await two.close()
  }
}

/** What is in the register of a key: read as another process would. */
const registerIn = async (engine: Engine, key: string): Promise<string | undefined> => {
  const connection = engine.connect({ arrived() {}, failed() {}, recovered() {} })
  const found = await connection.swap(`r:pause:${key}`, { expected: undefined, next: undefined })
  await connection.close()
  return found
}

pauses('a resume in another process ends it with its value, and says that somebody waited', () =>
  inProcesses(async ({ one, two, engine }) => {
    const { frame, resumed } = one.pause<{ by: string }>('order 1')
    await turn(5)
    assert.is(await stateOf(frame.until), 'pending')
    assert.is(await two.resume('order 1', { by: 'Ann' }), true)
    assert.equal(await within(soon, resumed), { kind: 'resumed', value: { by: 'Ann' } })
    await turn(5)
    assert.is(await registerIn(engine, 'order 1'), undefined)
  }),
)

pauses('a body continues after the pause', () =>
  inProcesses(async ({ one, two }) => {
    async function* answer(): AsyncGenerator<Frame | string> {
      const { frame, resumed } = one.pause<string>('name')
      yield frame
      const outcome = await resumed
      yield outcome.kind === 'resumed' ? `hello, ${outcome.value}` : outcome.kind
    }
    const reading = readText(toBody(answer()))
    await turn(5)
    await two.resume('name', 'Ann')
    assert.is(await within(soon, reading), 'hello, Ann')
  }),
)

pauses('a resume just before the pause is not lost, and the first value counts', () =>
  inProcesses(async ({ one, two, engine }) => {
    assert.is(await two.resume('k', 1), false)
    assert.is(await two.resume('k', 2), false)
    const { resumed } = one.pause<number>('k')
    assert.equal(await within(soon, resumed), { kind: 'resumed', value: 1 })
    await turn(3)
    assert.is(await registerIn(engine, 'k'), undefined)
  }),
)

pauses('with keepMs 0 a value does not wait for a pause', () =>
  inProcesses(async ({ one, two, engine }) => {
    assert.is(await two.resume('k', 1, { keepMs: 0 }), false)
    assert.is(await registerIn(engine, 'k'), undefined)
    const { resumed } = one.pause('k')
    await turn(5)
    assert.is(await two.resume('k', 2, { keepMs: 0 }), true)
    assert.equal(await within(soon, resumed), { kind: 'resumed', value: 2 })
  }),
)

pauses('a second resume is false, before and after the first has arrived', () =>
  inProcesses(async ({ one, two }) => {
    const { resumed } = one.pause('k')
    await turn(5)
    const answers = await Promise.all([two.resume('k'), two.resume('k')])
    assert.equal(answers, [true, false])
    assert.equal(await within(soon, resumed), { kind: 'resumed', value: undefined })
  }),
)

pauses('a pause that times out is told apart, and nobody waits then', () =>
  inProcesses(async ({ one, two, engine }) => {
    const { resumed } = one.pause('k', { timeoutMs: 5 })
    assert.equal(await within(soon, resumed), { kind: 'timed out' })
    assert.is(await registerIn(engine, 'k'), undefined)
    assert.is(await two.resume('k'), false)
  }),
)

pauses('a signal that aborts is gone with its reason, and leaves nothing', () =>
  inProcesses(async ({ one, engine }) => {
    const leaving = new AbortController()
    const { resumed } = one.pause('k', { signal: leaving.signal })
    await turn(5)
    assert.ok((await registerIn(engine, 'k'))?.startsWith('w:'))
    leaving.abort('left')
    assert.equal(await within(soon, resumed), { kind: 'gone', reason: 'left' })
    await turn(5)
    assert.is(await registerIn(engine, 'k'), undefined)
    assert.is(abortListeners(leaving.signal), 0)
    const late = one.pause('k', { signal: leaving.signal })
    assert.equal(await within(soon, late.resumed), { kind: 'gone', reason: 'left' })
  }),
)

for (const where of ['one', 'two'] as const)
  pauses(`a pause with the same key in process ${where} takes over from the one that waits`, () =>
    inProcesses(async (processes) => {
      const first = processes.one.pause('k')
      await turn(5)
      const second = processes[where].pause<string>('k')
      const outcome = await within(soon, first.resumed)
      assert.is(outcome.kind === 'gone' && codeOf(outcome.reason), 'PAUSE_REPLACED')
      assert.is(await stateOf(second.resumed), 'pending')
      assert.is(await processes.two.resume('k', 'on'), true)
      assert.equal(await within(soon, second.resumed), { kind: 'resumed', value: 'on' })
    }),
  )

pauses('closing the hub ends its pauses as gone, and frees them', () =>
  inProcesses(async ({ one, two, engine }) => {
    const { resumed } = one.pause('k')
    await turn(5)
    await one.close()
    const outcome = await within(soon, resumed)
    assert.is(outcome.kind === 'gone' && codeOf(outcome.reason), 'HUB_CLOSED')
    assert.is(await registerIn(engine, 'k'), undefined)
    assert.is(await two.resume('k'), false)
    throwsAtOnce(() => one.pause('k'), 'HUB_CLOSED')
  }),
)

/** A process whose swaps reach the engine when the test says so. */
const held = (store: Engine) => {
  const state: { swaps: number; hold: 'call' | 'answer' | undefined } = {
    swaps: 0,
    hold: undefined,
  }
  let waiting: (() => void)[] = []
  const goOn = () => {
    state.hold = undefined
    const now = waiting
    waiting = []
    for (const go of now) go()
  }
  const engine: Engine = {
    name: 'held',
    connect(listener) {
      const connection = store.connect(listener)
      const swap: typeof connection.swap = async (...given) => {
        state.swaps++
        const [, { next }] = given
        // What frees a register is not held.
        const isHeld = state.hold !== undefined && next !== undefined
        const held = isHeld ? new Promise<void>((go) => waiting.push(go)) : undefined
        if (state.hold === 'call') await held
        const answer = await connection.swap(...given)
        await held
        return answer
      }
      return { ...bound(connection), swap }
    },
  }
  return { engine, state, goOn }
}

for (const how of ['times out', 'is aborted', 'is closed'] as const)
  pauses(`a pause that ${how} before it has the register loses no value`, async () => {
    const store = memory()
    const { engine, state, goOn } = held(store)
    const one = openHub({ engine })
    const two = openHub({ engine: store })
    const leaving = new AbortController()
    state.hold = 'call'
    const timeoutMs = how === 'times out' ? 5 : 60_000
    const { resumed } = one.pause<string>('k', { timeoutMs, signal: leaving.signal })
    await turn(5)
    const late = how === 'times out' ? sleep(20) : turn(1)
    if (how === 'is aborted') leaving.abort('left')
    const closing = how === 'is closed' ? one.close() : undefined
    await late
    assert.is(await two.resume('k', 'value'), false)
    goOn()
    const first: PauseOutcome<string> = await within(soon, resumed)
    await turn(5)
    const next = two.pause<string>('k', { timeoutMs: first.kind === 'resumed' ? 0 : 1000 })
    const second = await within(soon, next.resumed)
    const got = [first, second].flatMap((each) => (each.kind === 'resumed' ? [each.value] : []))
    assert.equal(got, ['value'])
    if (how !== 'times out') assert.is(first.kind, 'gone')
    await closing
    await one.close()
    await two.close()
  })

pauses('any number of pauses with one key costs the engine what a few cost', async () => {
  const store = memory()
  const { engine, state } = held(store)
  const hub = openHub({ engine })
  const first = hub.pause<number>('k')
  await turn(5)
  const before = state.swaps
  const all = Array.from({ length: 1000 }, () => hub.pause<number>('k'))
  await turn(20)
  assert.ok(state.swaps - before < 10, `${state.swaps - before} swaps`)
  assert.is(await hub.resume('k', 7), true)
  for (const { resumed } of [first, ...all.slice(0, -1)])
    assert.is((await within(soon, resumed)).kind, 'gone')
  assert.equal(await within(soon, all.at(-1)?.resumed), { kind: 'resumed', value: 7 })
  await turn(5)
  assert.is(await registerIn(store, 'k'), undefined)
  await hub.close()
})

pauses('closing the hub frees pauses that have just begun', async () => {
  const store = memory()
  const { engine, state, goOn } = held(store)
  const hub = openHub({ engine })
  state.hold = 'answer'
  for (let i = 0; i < 20; i++) hub.pause(`k${i}`)
  await turn(3)
  const closing = hub.close()
  await turn(3)
  goOn()
  await within(soon, closing)
  for (let i = 0; i < 20; i++) assert.is(await registerIn(store, `k${i}`), undefined)
})

pauses(
  'a register that another program has written to ends the pause without a value',
  async () => {
    const store = memory()
    const hub = openHub({ engine: store, leaseMs: 60 })
    const { resumed } = hub.pause('k')
    await turn(5)
    const connection = store.connect({ arrived() {}, failed() {}, recovered() {} })
    const key = 'r:pause:k'
    const expected = await connection.swap(key, { expected: undefined, next: undefined })
    await connection.swap(key, { expected, next: 'v:{', ttlMs: 60_000 })
    assert.equal(await within(soon, resumed), { kind: 'resumed', value: undefined })
    await hub.close()
    await connection.close()
  },
)

pauses('a message that is lost costs a renewal, not the value', async () => {
  // Messages between processes are appended to logs `c:…`.
  const store = memory()
  const deaf: Engine = {
    name: 'deaf',
    connect(listener) {
      const connection = store.connect(listener)
      const append: typeof connection.append = (log, records, options) =>
        log.startsWith('c:')
          ? Promise.resolve({ kind: 'appended', epoch: 'e', seq: 1 })
          : connection.append(log, records, options)
      return { ...bound(connection), append }
    },
  }
  await inProcesses(
    async ({ one, two }) => {
      const { resumed } = one.pause<string>('k')
      await turn(5)
      assert.is(await two.resume('k', 'late'), true)
      assert.equal(await within(soon, resumed), { kind: 'resumed', value: 'late' })
    },
    { engine: deaf, leaseMs: 60 },
  )
})

const bound = (connection: ReturnType<Engine['connect']>): ReturnType<Engine['connect']> => ({
  append: (...given) => connection.append(...given),
  read: (...given) => connection.read(...given),
  follow: (topic) => connection.follow(topic),
  unfollow: (topic) => connection.unfollow(topic),
  swap: (...given) => connection.swap(...given),
  remove: (topic) => connection.remove(topic),
  close: () => connection.close(),
})

pauses(
  'an engine that comes back takes the pause; one that does not lets it time out',
  async () => {
    const store = memory()
    let isDown = true
    const engine: Engine = {
      name: 'flaky',
      connect(listener) {
        const connection = store.connect(listener)
        const swap: typeof connection.swap = (...given) =>
          isDown ? Promise.reject(new Error('down')) : connection.swap(...given)
        return { ...bound(connection), swap }
      },
    }
    const errors: unknown[] = []
    await inProcesses(
      async ({ one, two }) => {
        const lost = one.pause('lost', { timeoutMs: 20 })
        assert.equal(await within(soon, lost.resumed), { kind: 'timed out' })
        const found = one.pause<number>('found')
        await turn(5)
        isDown = false
        while (!(await two.resume('found', 1, { keepMs: 0 }))) await turn()
        assert.is((await within(soon, found.resumed)).kind, 'resumed')
        assert.ok(errors.some((error) => codeOf(error) === 'ENGINE_FAILED'))
      },
      { engine, onError: (error) => errors.push(error) },
    )
  },
)

pauses('invalid keys, options and values are refused', () =>
  inProcesses(async ({ one }) => {
    for (const key of ['', 'a\0', '\ud800', 'x'.repeat(513)]) {
      throwsAtOnce(() => one.pause(key), 'TOPIC_INVALID')
      await rejects(() => one.resume(key), 'TOPIC_INVALID')
    }
    throwsAtOnce(() => one.pause('k', { timeoutMs: Number.NaN }), RangeError)
    await rejects(() => one.resume('k', () => {}), TypeError)
    await rejects(() => one.resume('k', 1n), TypeError)
    await rejects(() => one.resume('k', Promise.resolve(1)), TypeError)
    await rejects(() => one.resume('k', new Map()), TypeError)
    await rejects(() => one.resume('k', 'x'.repeat(2 ** 20)), 'ENTRY_TOO_LARGE')
  }),
)

pauses.run()
