// When callbacks are followed by async hooks, and that nothing stays.

import { lagWarning } from '@sluice/blocking'
import { closeBody, readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  besides,
  guiltyIn,
  hold,
  hooksAreOn,
  lagsOf,
  look,
  named,
  post,
  sleep,
  stopClock,
} from '../support/held-loop.ts'
import { laggingHandlers } from '../support/lagging-handlers.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'
import type { CallbacksFollowed, LoopLag } from '@sluice/blocking'
import type { Handler } from '@sluice/stack'

/** Counted before the clock and the timers of the package are used. */
const timers = new Set<ReturnType<typeof setInterval>>()
const { setInterval: start, clearInterval: end } = globalThis
Object.assign(globalThis, {
  setInterval: (...given: Parameters<typeof start>) => {
    const timer = start(...given)
    timers.add(timer)
    return timer
  },
  clearInterval: (timer: ReturnType<typeof setInterval>) => {
    timers.delete(timer)
    end(timer)
  },
})
stopClock()

/** An hour and more later, when callbacks may be followed again. */
const rest = async () => {
  await look()
  hold(7_200_000)
}

const watchFor = (callbacks: CallbacksFollowed) => {
  const lags: LoopLag[] = []
  return { lags, watch: lagWarning({ maxLagMs: 20, callbacks, onLag: (lag) => lags.push(lag) }) }
}

const inTimer: Handler = async () => {
  await sleep()
  hold(60)
  return text('done')
}

const afterLag = suite('lagWarning: callbacks followed after a lag')

for (const { name, handler, place } of laggingHandlers)
  afterLag(
    `${name} is named ${place === 'callback' ? 'the second time' : 'each time'}`,
    async () => {
      const [first, ...others] = await within(5000, lagsOf(handler, {}, 3))
      if (place === 'callback') assert.equal([first?.handler, first?.place], [undefined, 'unknown'])
      else assert.equal(first, guiltyIn(place))
      assert.equal(others, [guiltyIn(place), guiltyIn(place)])
    },
  )

afterLag('a body that is being read when it begins is named from its next pull on', async () => {
  const { lags, watch } = watchFor('after-lag')
  async function* feed() {
    for (let i = 0; i < 3; i++) {
      await sleep()
      hold(60)
      yield 'event'
    }
  }
  const { body } = await watch(named('feed', () => stream(feed())))(post('/feed'))
  for await (const _ of body) await look()
  await look()
  assert.equal(
    lags.map(({ handler }) => handler),
    [undefined, 'feed', 'feed'],
  )
})

afterLag('they are never followed if that is asked for', async () => {
  assert.equal(await within(5000, lagsOf(inTimer, { callbacks: 'never' }, 3)), [])
})

for (const { name, handler, place } of laggingHandlers)
  afterLag(
    `while they are followed for another request, ${name} is ${place === 'callback' ? 'not named' : 'named'} if it asks for none`,
    async () => {
      const other = watchFor('always')
      const stop = besides(other.watch)
      const lags = await within(5000, lagsOf(handler, { callbacks: 'never' }))
      await stop()
      assert.equal(lags, place === 'callback' ? [] : [guiltyIn(place)])
      // It is known who did it, so it is no unknown lag of the other.
      assert.equal(other.lags, [])
    },
  )

afterLag('a request that asks for none does not begin it again within the minute', async () => {
  await lagsOf(inTimer, {}, 2)
  await look()
  const stop = besides(watchFor('never').watch)
  assert.not.ok(await hooksAreOn())
  await stop()
})

afterLag('a lag in a call or a body does not start it', async () => {
  const { watch } = watchFor('after-lag')
  const stop = besides(watch)
  const { body } = await watch(() => {
    hold(60)
    return text('done')
  })(post('/'))
  await readText(body)
  await look()
  assert.not.ok(await hooksAreOn())
  await stop()
})

afterLag('it ends after a minute; in vain, it rests for a minute, then for two', async () => {
  // Named: the rests begin anew.
  await lagsOf(inTimer, {}, 2)
  await look()
  hold(60_000)
  const found: boolean[] = []
  for (let minute = 0; minute < 8; minute++) {
    const stop = besides(watchFor('after-lag').watch)
    hold(100)
    await look()
    found.push(await hooksAreOn())
    await stop()
    hold(60_000)
  }
  assert.equal(found, [true, false, true, false, false, true, false, false])
})

afterLag.after.each(rest)
afterLag.run()

const nothing = suite('lagWarning: nothing stays')

const ends: readonly { readonly name: string; readonly end: (handler: Handler) => unknown }[] = [
  { name: 'is read', end: async (answer) => readText((await answer(post('/'))).body) },
  { name: 'is closed unread', end: async (answer) => closeBody((await answer(post('/'))).body) },
  {
    name: 'is left in the middle',
    end: async (answer) => {
      for await (const _ of (await answer(post('/'))).body) break
    },
  },
]

for (const { name, end: finish } of ends)
  nothing(`no timer and no hook is left after a body that ${name}`, async () => {
    const { watch } = watchFor('always')
    const answer = watch(async () => {
      await sleep()
      return stream(['one', 'two'])
    })
    await Promise.all([finish(answer), finish(answer), finish(answer)])
    assert.is(timers.size, 1)
    assert.ok(await hooksAreOn())
    await look()
    assert.is(timers.size, 0)
    assert.not.ok(await hooksAreOn())
  })

nothing('nor after a handler that throws, rejects, or answers nothing', async () => {
  const { watch } = watchFor('always')
  const error = Object.assign(new Error('no'), { code: 'NO' })
  const throwing = watch(() => {
    throw error
  })
  assert.throws(() => throwing(post('/')), /no/)
  await rejects(async () => watch(() => Promise.reject(error))(post('/')), 'NO')
  await rejects(
    async () => Reflect.apply(watch, undefined, [() => undefined])(post('/')),
    'RESPONSE_INVALID',
  )
  assert.is(timers.size, 1)
  await look()
  assert.is(timers.size, 0)
  assert.not.ok(await hooksAreOn())
})

nothing('nor after a body that fails', async () => {
  const { watch } = watchFor('always')
  async function* failing() {
    yield 'one'
    await sleep()
    throw Object.assign(new Error('no'), { code: 'NO' })
  }
  const { body } = await watch(() => stream(failing()))(post('/'))
  await rejects(() => readText(body), 'NO')
  assert.is(timers.size, 1)
  await look()
  assert.is(timers.size, 0)
})

nothing(
  'there is one timer for many requests of many middlewares, and it keeps no process alive',
  async () => {
    const kinds: readonly CallbacksFollowed[] = ['after-lag', 'always', 'never']
    const answers = await Promise.all(
      kinds.flatMap((callbacks) => {
        const { watch } = watchFor(callbacks)
        return [1, 2, 3].map(() => watch(() => stream(['one']))(post('/')))
      }),
    )
    assert.equal(
      [...timers].map((timer) => timer.hasRef()),
      [false],
    )
    for (const { body } of answers) await closeBody(body)
    await look()
    assert.is(timers.size, 0)
  },
)

nothing.run()
