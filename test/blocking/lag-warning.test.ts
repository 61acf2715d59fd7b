// Who held the event loop. The clock of this file stands still: only `hold` moves it, so that a busy machine changes nothing.
import { setImmediate as immediate } from 'node:timers/promises'
import { lagWarning } from '@sluice/blocking'
import { readText, toBody } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { filterResponse, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requestOf } from '../support/server/request.ts'
import { within } from '../support/within.ts'
import type { LagWarningOptions, LoopLag } from '@sluice/blocking'
import type { Handler, HttpRequest } from '@sluice/stack'

let nowMs = 1000
performance.now = () => nowMs

/** Computes for so long. */
const hold = (ms: number): void => {
  nowMs += ms
}

const sleep = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const post = (target: string): HttpRequest =>
  requestOf({ method: 'POST', target, body: toBody(['one', 'two']) })

/** A handler by a name that the bundler does not change. */
const named = (name: string, handler: Handler): Handler =>
  Object.defineProperty(handler, 'name', { value: name })

/** A request in flight until it is told to end: it runs in each turn of the loop, and computes a little. */
const innocent = () => {
  let isOver = false
  async function* steps() {
    for (let step = 0; !isOver; step++) {
      await immediate()
      if (step < 5) hold(1)
      yield 'step '
    }
  }
  const handler: Handler = async () => {
    await immediate()
    return stream(steps())
  }
  const end = () => {
    isOver = true
  }
  return { handler: named('innocent', handler), end }
}

/** What is reported of a handler while another request is in flight before, beside and after it. */
const lagsOf = async (
  handler: Handler,
  options: Partial<LagWarningOptions> = { callbacks: 'always' },
  times = 1,
): Promise<readonly LoopLag[]> => {
  const lags: LoopLag[] = []
  const watch = lagWarning({ maxLagMs: 20, onLag: (lag) => lags.push(lag), ...options })
  const { handler: other, end } = innocent()
  const beside = Promise.resolve(watch(other)(post('/innocent')))
  const read = beside.then(({ body }) => readText(body))
  const guilty = watch(named('guilty', handler))
  for (let time = 0; time < times; time++) {
    await sleep()
    const { body } = await guilty(post('/guilty?token=secret'))
    await readText(body)
    // Longer than from one look at the loop to the next.
    await sleep(20)
  }
  end()
  await read
  await sleep(20)
  return lags
}

const guiltyIn = (place: LoopLag['in'], heldMs = 60): LoopLag => {
  return { handler: 'guilty', method: 'POST', path: '/guilty', heldMs, in: place }
}

const unknown = (lag: LoopLag | undefined): boolean =>
  lag?.in === 'unknown' && lag.handler === undefined && lag.path === undefined

const loud = mapText((part) => {
  hold(60)
  return part.toUpperCase()
})

interface Row {
  readonly name: string
  readonly in: LoopLag['in']
  readonly handler: Handler
}

const rows: readonly Row[] = [
  {
    name: 'a handler that computes before it returns',
    in: 'call',
    handler: () => {
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes before its first await',
    in: 'call',
    handler: async () => {
      hold(60)
      await sleep()
      return text('done')
    },
  },
  {
    name: 'a body whose sync generator computes',
    in: 'body',
    handler: () =>
      stream(
        (function* () {
          yield 'one'
          hold(60)
          yield 'two'
        })(),
      ),
  },
  {
    name: 'a body whose async generator computes before it awaits',
    in: 'body',
    handler: () =>
      stream(
        (async function* () {
          yield 'one'
          hold(60)
          yield 'two'
        })(),
      ),
  },
  {
    name: 'a body whose filter computes on a frame that is there',
    in: 'body',
    handler: () => filterResponse(text('loud'), loud),
  },
  {
    name: 'a body whose filter computes on a frame that is awaited',
    in: 'callback',
    handler: () =>
      filterResponse(
        stream(
          (async function* () {
            await sleep()
            yield 'loud'
          })(),
        ),
        loud,
      ),
  },
  {
    name: 'a body whose async generator computes after an await',
    in: 'callback',
    handler: () =>
      stream(
        (async function* () {
          await sleep()
          hold(60)
          yield 'done'
        })(),
      ),
  },
  {
    name: 'an async handler that computes after the await of a timer',
    in: 'callback',
    handler: async () => {
      await sleep()
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes after it has read the body',
    in: 'callback',
    handler: async ({ body }) => {
      await readText(body)
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes after the await of a promise',
    in: 'callback',
    handler: async () => {
      await undefined
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes in many microtasks in a row',
    in: 'callback',
    handler: async () => {
      for (let i = 0; i < 12; i++) {
        await undefined
        hold(5)
      }
      return text('done')
    },
  },
  {
    name: 'a handler that computes in a timer',
    in: 'callback',
    handler: () =>
      new Promise((resolve) => {
        setTimeout(() => {
          hold(60)
          resolve(text('done'))
        }, 1)
      }),
  },
  {
    name: 'a handler that computes in an immediate',
    in: 'callback',
    handler: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          hold(60)
          resolve(text('done'))
        })
      }),
  },
]

const naming = suite('lagWarning: who is named')

for (const { name, handler, in: place } of rows)
  naming(`${name} is named once, and the request beside it is not`, async () => {
    assert.equal(await within(5000, lagsOf(handler)), [guiltyIn(place)])
  })

naming.run()

const second = suite('lagWarning: after a lag')

for (const { name, handler, in: place } of rows)
  second(`${name} is named ${place === 'callback' ? 'the second time' : 'each time'}`, async () => {
    const [first, ...others] = await within(5000, lagsOf(handler, {}, 3))
    if (place === 'callback') assert.ok(unknown(first))
    else assert.equal(first, guiltyIn(place))
    assert.equal(others, [guiltyIn(place), guiltyIn(place)])
  })

second.after.each(() => hold(60_001))
second.run()
