import { EventEmitter, getEventListeners } from 'node:events'
import { PassThrough } from 'node:stream'
import { allOf, firstOf, sleep, until } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, leavingNothing, listenersOf } from '../support/bodies/leaving-nothing.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Wait } from '@sluice/pause'

const soon = 5000

const any = suite('firstOf')

any(
  'the first wins; the losers’ timers and listeners are gone',
  leavingNothing(async () => {
    const target = new EventTarget()
    const emitter = new EventEmitter()
    const stream = new PassThrough()
    const { signal } = new AbortController()
    const before = listenersOf(stream)
    const first = firstOf(
      until(target, 'ready', { signal, timeoutMs: 60_000 }),
      until(emitter, 'ready', { signal }),
      until(stream, 'readable'),
      sleep(60_000, { signal }),
      until(Promise.resolve('won')),
    )
    assert.is(await within(soon, first), 'won')
    assert.is(getEventListeners(target, 'ready').length, 0)
    assert.is(listenersOf(emitter), 0)
    assert.is(listenersOf(stream), before)
    assert.is(abortListeners(signal), 0)
    stream.destroy()
  }),
)

any(
  'a failure that comes first wins as well',
  leavingNothing(async () => {
    const error = new Error('first')
    await rejects(() => within(soon, firstOf(sleep(60_000), Promise.reject(error))), error)
  }),
)

any(
  'a loser that fails later is nobody’s',
  leavingNothing(async () => {
    const loser = deferred()
    assert.is(await firstOf(loser.promise, Promise.resolve(1)), 1)
    loser.reject(new Error('late'))
    await turn(2)
  }),
)

any('of two that are settled, the one named first wins', async () => {
  assert.is(await firstOf(Promise.resolve(1), Promise.resolve(2)), 1)
})

any('one may stand there twice', async () => {
  const one = Promise.resolve(1)
  assert.is(await within(soon, firstOf(one, one)), 1)
})

any(
  'cancelled, it cancels all of them; so does a time-out around it',
  leavingNothing(async () => {
    const emitter = new EventEmitter()
    const first = firstOf(until(emitter, 'a'), sleep(60_000))
    first.cancel()
    await rejects(() => first, 'WAIT_FAILED')
    const second = until(firstOf(until(emitter, 'a'), sleep(60_000)), { timeoutMs: 1 })
    await rejects(() => within(soon, second), 'TIMED_OUT')
    assert.is(listenersOf(emitter), 0)
  }),
)

any('of none is a TypeError at the call', () => {
  throwsAtOnce(() => firstOf(), TypeError)
})

any('is of the type of any of them', async () => {
  const found: number | string = await firstOf(Promise.resolve(1), Promise.resolve('two'))
  assert.is(found, 1)
})

any('a plain value is one that has settled, as for Promise.race', async () => {
  assert.is(await firstOf(untyped(1), new Promise<string>(() => {})), 1)
  assert.equal(await allOf(untyped(1), untyped('two'), untyped(undefined)), [1, 'two', undefined])
})

any.run()

const all = suite('allOf')

all('gives every value in order, whatever came first', async () => {
  const late = deferred<string>()
  const wait: Wait<[string, number, void]> = allOf(late.promise, Promise.resolve(2), sleep(1))
  await turn()
  late.resolve('one')
  assert.equal(await within(soon, wait), ['one', 2, undefined])
})

all(
  'the first failure fails it, and cancels the others',
  leavingNothing(async () => {
    const emitter = new EventEmitter()
    const error = new Error('no')
    const wait = allOf(until(emitter, 'a'), sleep(60_000), Promise.reject(error))
    await rejects(() => within(soon, wait), error)
    assert.is(listenersOf(emitter), 0)
  }),
)

all('of none is there at once', async () => {
  assert.equal(await within(soon, allOf()), [])
})

all('one may stand there twice', async () => {
  const one = Promise.resolve(1)
  assert.equal(await within(soon, allOf(one, one)), [1, 1])
})

all.run()
