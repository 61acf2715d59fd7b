// Who held the event loop: the one that did, and no other that was in flight.

import { lagWarning } from '@sluice/blocking'
import { readText } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { output, stack, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  besides,
  guiltyIn,
  hold,
  lagsOf,
  look,
  named,
  post,
  sleep,
  stopClock,
} from '../support/held-loop.ts'
import { laggingHandlers } from '../support/lagging-handlers.ts'
import { within } from '../support/within.ts'
import type { LoopLag } from '@sluice/blocking'

stopClock()

const always = suite('lagWarning: callbacks followed always')

for (const { name, handler, place } of laggingHandlers)
  always(`${name} is named once, and the request beside it is not`, async () => {
    assert.equal(await within(5000, lagsOf(handler)), [guiltyIn(place)])
  })

always('a handler that does it again is named again', async () => {
  const handler = () => {
    hold(60)
    return text('done')
  }
  const lags = await within(5000, lagsOf(handler, { callbacks: 'always' }, 3))
  assert.equal(lags, [guiltyIn('call'), guiltyIn('call'), guiltyIn('call')])
})

always('as long as maxLagMs is no lag, and longer is one', async () => {
  const computing = (ms: number) => () => {
    hold(ms)
    return text('done')
  }
  assert.equal(await within(5000, lagsOf(computing(20))), [])
  assert.equal(await within(5000, lagsOf(computing(20.5))), [guiltyIn('call', 20.5)])
})

always('short computations between which timers run are no lag', async () => {
  const handler = async () => {
    for (let i = 0; i < 5; i++) {
      await look()
      hold(15)
    }
    return text('done')
  }
  assert.equal(await within(5000, lagsOf(handler)), [])
})

always('a handler that throws is named too, and its error passes', async () => {
  const lags: LoopLag[] = []
  const error = new Error('thrown')
  const watch = lagWarning({ maxLagMs: 20, onLag: (lag) => lags.push(lag) })
  const end = besides(watch)
  const guilty = watch(
    named('guilty', () => {
      hold(60)
      throw error
    }),
  )
  let thrown: unknown
  try {
    guilty(post('/guilty'))
  } catch (caught) {
    thrown = caught
  }
  await end()
  assert.is(thrown, error)
  assert.equal(lags, [guiltyIn('call')])
})

always('work that belongs to no request is reported without a handler', async () => {
  const lags: LoopLag[] = []
  const watch = lagWarning({
    maxLagMs: 20,
    callbacks: 'always',
    onLag: (lag) => lags.push(lag),
  })
  // Begun before any request.
  setTimeout(() => hold(100), 5)
  const end = besides(watch)
  await look()
  await end()
  assert.is(lags.length, 1)
  const [{ heldMs, ...lag } = { heldMs: 0 }] = lags
  assert.ok(heldMs > 20)
  assert.equal(lag, { handler: undefined, method: undefined, path: undefined, place: 'unknown' })
})

always('of two around each other, only the inner one is named', async () => {
  const names: unknown[] = []
  const onLag = ({ handler }: LoopLag) => names.push(handler)
  const watch = (name: string) => lagWarning({ maxLagMs: 20, name, onLag })
  const app = stack(
    watch('outer'),
    watch('inner'),
  )(() => {
    hold(60)
    return text('done')
  })
  const { body } = await app(post('/'))
  await readText(body)
  await look()
  assert.equal(names, ['inner'])
})

always('a filter outside of it is not taken for the handler', async () => {
  const names: unknown[] = []
  const onLag = ({ handler }: LoopLag) => names.push(handler)
  const slow = mapText((part) => {
    hold(60)
    return part
  })
  async function* late() {
    await sleep()
    yield 'late'
  }
  const watch = lagWarning({ maxLagMs: 20, callbacks: 'always', name: 'inner', onLag })
  const app = stack(output(slow), watch)(() => stream(late()))
  const { body } = await app(post('/'))
  await readText(body)
  await look()
  assert.equal(names, [undefined])
})

always('an onLag that computes is not taken for the handler', async () => {
  const names: unknown[] = []
  const onLag = ({ handler }: LoopLag) => {
    names.push(handler)
    if (handler !== undefined) hold(60)
  }
  const watch = lagWarning({ maxLagMs: 20, callbacks: 'always', onLag })
  const end = besides(watch)
  const guilty = watch(
    named('guilty', async () => {
      await sleep()
      hold(60)
      return text('done')
    }),
  )
  const { body } = await guilty(post('/'))
  await readText(body)
  await end()
  assert.is(names.filter((name) => name === 'guilty').length, 1)
})

always.run()
