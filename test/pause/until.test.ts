import { EventEmitter, getEventListeners } from 'node:events'
import { PassThrough } from 'node:stream'
import { allOf, firstOf, sleep, until } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, leavingNothing, listenersOf } from '../support/bodies/leaving-nothing.ts'
import { timersSet, watchRejections } from '../support/bodies/left-over.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Wait } from '@sluice/pause'

const soon = 5000

const promised = suite('until a promise')

promised('fulfils with its value, typed', async () => {
  const wait: Wait<number> = until(Promise.resolve(7))
  assert.is(await within(soon, wait), 7)
})

promised('rejects with its reason', async () => {
  const error = new Error('no')
  await rejects(() => until(Promise.reject(error)), error)
})

promised(
  'times out with TIMED_OUT, 504, and listens no more',
  leavingNothing(async () => {
    const error = await rejects(() => until(new Promise(() => {}), { timeoutMs: 5 }), 'TIMED_OUT')
    assert.is(error.status, 504)
    assert.match(error.message, 'in 5 ms')
  }),
)

promised(
  'the promise in time takes the timer away',
  leavingNothing(async () => {
    assert.is(await until(Promise.resolve(1), { timeoutMs: 60_000 }), 1)
  }),
)

promised(
  'an abort fails it with the reason of the signal, as it is',
  leavingNothing(async () => {
    const controller = new AbortController()
    const wait = until(new Promise(() => {}), { signal: controller.signal, timeoutMs: 60_000 })
    controller.abort('left')
    let found: unknown
    try {
      await within(soon, wait)
    } catch (reason) {
      found = reason
    }
    assert.is(found, 'left')
    assert.is(abortListeners(controller.signal), 0)
  }),
)

promised('a signal that has aborted wins over a promise that is settled', async () => {
  const reason = new Error('before')
  await rejects(() => until(Promise.resolve(1), { signal: AbortSignal.abort(reason) }), reason)
})

promised(
  'what is given with a signal that has aborted is taken over all the same',
  leavingNothing(async () => {
    const emitter = new EventEmitter()
    const signal = AbortSignal.abort(new Error('before'))
    until(until(emitter, 'never'), { signal })
    assert.is(listenersOf(emitter), 0)
    until(Promise.reject(new Error('nobody’s')), { signal })
    await turn(2)
  }),
)

promised(
  'cancel fails it with WAIT_FAILED; a second cancel does nothing',
  leavingNothing(async () => {
    const { signal } = new AbortController()
    const wait = until(new Promise(() => {}), { signal, timeoutMs: 60_000 })
    wait.cancel()
    wait.cancel()
    await rejects(() => within(soon, wait), 'WAIT_FAILED')
    assert.is(abortListeners(signal), 0)
  }),
)

promised('cancel after the end changes nothing', async () => {
  const wait = until(Promise.resolve('kept'))
  await turn()
  wait.cancel()
  assert.is(await wait, 'kept')
})

promised(
  'a failure that nobody awaits is no unhandled rejection, and is told to who comes later',
  leavingNothing(async () => {
    const error = new Error('early')
    const wait = until(Promise.reject(error))
    await turn(2)
    await rejects(() => wait, error)
  }),
)

promised('it may be awaited more than once', async () => {
  const wait = until(Promise.resolve(1))
  assert.equal([await wait, await wait], [1, 1])
})

promised('then gives on what its handlers give, as a promise does', async () => {
  const error = new Error('no')
  assert.is(await until(Promise.resolve(1)).then((value) => value + 1), 2)
  assert.is(await until(Promise.reject(error)).then(undefined, () => 'caught'), 'caught')
})

const foreign = () => {
  const { promise, resolve } = deferred<string>()
  const calls: string[] = []
  return { promise: Object.assign(promise, { cancel: () => calls.push('cancel') }), resolve, calls }
}

promised('a promise that is not ours is never cancelled, although it has a cancel', async () => {
  const { promise, resolve, calls } = foreign()
  await rejects(() => until(promise, { timeoutMs: 1 }), 'TIMED_OUT')
  until(promise).cancel()
  until(promise, { signal: AbortSignal.abort('before') })
  assert.is(await firstOf(promise, Promise.resolve('first')), 'first')
  const no = new Error('no')
  await rejects(() => allOf(promise, Promise.reject(no)), no)
  await turn(2)
  assert.equal(calls, [])
  resolve('still running')
  assert.is(await within(soon, until(promise)), 'still running')
  assert.equal(calls, [])
})

promised('the wait of another copy of this package is cancelled as ours is', async () => {
  const cancelled: string[] = []
  const copy = Object.assign(new Promise<void>(() => {}), {
    [Symbol.for('sluice.wait')]: true,
    cancel: () => cancelled.push('copy'),
  })
  await rejects(() => until(copy, { timeoutMs: 1 }), 'TIMED_OUT')
  assert.is(await firstOf(copy, Promise.resolve(1)), 1)
  assert.equal(cancelled, ['copy', 'copy'])
})

promised('a wait that is given is cancelled with the one around it', async () => {
  const emitter = new EventEmitter()
  await rejects(() => until(until(emitter, 'never'), { timeoutMs: 5 }), 'TIMED_OUT')
  assert.is(listenersOf(emitter), 0)
})

promised('a thenable that answers at once, twice or throws is as good as a promise', async () => {
  const at: PromiseLike<number> = {
    // biome-ignore lint/suspicious/noThenProperty: a thenable on purpose
    then(fulfilled) {
      fulfilled?.(1)
      fulfilled?.(2)
      return new Promise(() => {})
    },
  }
  assert.is(await within(soon, until(at)), 1)
})

promised('waits that lose against one long-lived promise leave nothing in memory', async () => {
  const shutdown = new Promise<void>(() => {})
  const lose = async () => {
    const refs: WeakRef<object>[] = []
    for (let i = 0; i < 100; i++) {
      const value = { big: new Uint8Array(1000) }
      refs.push(new WeakRef(value))
      const found = await firstOf(shutdown, Promise.resolve(value))
      assert.is(found, value)
    }
    return refs
  }
  const refs = await lose()
  await turn(3)
  globalThis.gc?.()
  await turn()
  const kept = refs.filter((ref) => ref.deref() !== undefined).length
  assert.ok(kept <= 1, `${kept} are kept`)
})

for (const given of [undefined, null, 7, {}, new EventEmitter(), new EventTarget()])
  promised(`${String(given)} alone is refused with a TypeError at the call`, () => {
    throwsAtOnce(() => Reflect.apply(until, undefined, [given]), TypeError)
  })

promised('an event of what emits none is refused with a TypeError at the call', () => {
  for (const given of [undefined, null, 7, {}, Promise.resolve()])
    throwsAtOnce(() => Reflect.apply(until, undefined, [given, 'event']), TypeError)
})

promised('a wait that throws as it is given up does not keep others from being told', async () => {
  const rejections = watchRejections()
  const broken = new Error('not given up')
  const stubborn = Object.assign(new Promise<never>(() => {}), {
    [Symbol.for('sluice.wait')]: true,
    cancel() {
      throw broken
    },
  })
  const shared = Promise.resolve('value')
  const first = firstOf(shared, stubborn)
  const second = until(shared)
  assert.equal(await within(soon, Promise.all([first, second])), ['value', 'value'])
  await turn()
  rejections.stop()
  assert.equal(rejections.reasons, [broken])
})

promised.run()

const dispatched = suite('until an event of an EventTarget')

dispatched(
  'fulfils with the event, and listens no more',
  leavingNothing(async () => {
    const target = new EventTarget()
    const wait: Wait<Event> = until(target, 'ready', { timeoutMs: 60_000 })
    assert.is(getEventListeners(target, 'ready').length, 1)
    const event = new Event('ready')
    target.dispatchEvent(event)
    assert.is(getEventListeners(target, 'ready').length, 0)
    target.dispatchEvent(new Event('ready'))
    assert.is(await within(soon, wait), event)
  }),
)

dispatched('an event before it is awaited is not missed', async () => {
  const target = new EventTarget()
  const wait = until(target, 'ready')
  target.dispatchEvent(new Event('ready'))
  await turn()
  assert.is((await within(soon, wait)).type, 'ready')
})

dispatched('an error event is no failure, since it may be a passing one', async () => {
  const target = new EventTarget()
  const wait = until(target, 'message')
  target.dispatchEvent(new Event('error'))
  assert.is(await stateOf(wait), 'pending')
  target.dispatchEvent(new Event('message'))
  assert.is((await within(soon, wait)).type, 'message')
})

dispatched(
  'a time-out, an abort and a cancel each take the listener away',
  leavingNothing(async () => {
    const target = new EventTarget()
    const controller = new AbortController()
    const waits = [
      until(target, 'ready', { timeoutMs: 1 }),
      until(target, 'ready', { signal: controller.signal }),
      until(target, 'ready'),
    ]
    assert.is(getEventListeners(target, 'ready').length, 3)
    controller.abort()
    waits[2]?.cancel()
    for (const wait of waits) assert.ok(await wait.then(undefined, (error) => error))
    assert.is(getEventListeners(target, 'ready').length, 0)
  }),
)

dispatched('an AbortSignal is a target as any other', async () => {
  const controller = new AbortController()
  const wait = until(controller.signal, 'abort')
  controller.abort()
  assert.is((await within(soon, wait)).type, 'abort')
})

dispatched.run()

const emitted = suite('until an event of an emitter')

emitted('fulfils with the values of the event, and listens no more', async () => {
  const emitter = new EventEmitter()
  const wait: Wait<readonly unknown[]> = until(emitter, 'job')
  emitter.emit('job', 1, 'two')
  assert.is(listenersOf(emitter), 0)
  assert.equal(await within(soon, wait), [1, 'two'])
})

emitted('an event of a symbol is waited for as well', async () => {
  const emitter = new EventEmitter()
  const name = Symbol('job')
  const wait = until(emitter, name)
  emitter.emit(name)
  assert.equal(await within(soon, wait), [])
})

emitted('error fails it with WAIT_FAILED and the error as cause', async () => {
  const emitter = new EventEmitter()
  const wait = until(emitter, 'job')
  const cause = new Error('broke')
  emitter.emit('error', cause)
  assert.is(listenersOf(emitter), 0)
  const error = await rejects(() => wait, 'WAIT_FAILED')
  assert.is(error.cause, cause)
  assert.match(error.message, 'the event job')
})

emitted('close fails it with WAIT_FAILED', async () => {
  const emitter = new EventEmitter()
  const wait = until(emitter, 'job')
  emitter.emit('close')
  await rejects(() => wait, 'WAIT_FAILED')
  assert.is(listenersOf(emitter), 0)
})

emitted('error and close may be waited for themselves', async () => {
  const emitter = new EventEmitter()
  const failed = until(emitter, 'error')
  const closed = firstOf(until(emitter, 'close'), sleep(60_000))
  const cause = new Error('broke')
  const elsewhere = new EventEmitter()
  const wait = until(elsewhere, 'close')
  elsewhere.emit('close', 0)
  assert.equal(await wait, [0])
  emitter.emit('error', cause)
  const [found] = await within(soon, failed)
  assert.is(found, cause)
  await rejects(() => closed, 'WAIT_FAILED')
  assert.is(listenersOf(emitter), 0)
})

emitted('a stream that has closed fails it at once, with what it broke off with', async () => {
  const cause = new Error('broke')
  const stream = new PassThrough()
  stream.on('error', () => {})
  stream.destroy(cause)
  await turn()
  const error = await rejects(() => until(stream, 'data'), 'WAIT_FAILED')
  assert.is(error.cause, cause)
  assert.equal(await within(soon, until(stream, 'close')), [])
  assert.is(stream.listenerCount('data') + stream.listenerCount('close'), 0)
})

emitted('an emitter that answers inside on is heard, and listened to no more', async () => {
  class Replaying extends EventEmitter {
    override on(event: string | symbol, listener: (...values: unknown[]) => void): this {
      super.on(event, listener)
      if (event === 'state') listener('known')
      return this
    }
  }
  const emitter = new Replaying()
  assert.equal(await within(soon, until(emitter, 'state')), ['known'])
  assert.is(listenersOf(emitter), 0)
})

emitted('an emitter that refuses to listen throws at the call and nothing is left', () => {
  const before = timersSet()
  const { signal } = new AbortController()
  const emitter = new EventEmitter()
  emitter.on('newListener', (event) => {
    if (event === 'refused') throw new Error('never')
  })
  throwsAtOnce(() => until(emitter, 'refused', { timeoutMs: 60_000, signal }), Error)
  assert.is(timersSet(), before)
  assert.is(abortListeners(signal), 0)
  assert.is(listenersOf(emitter), 1)
})

emitted('a wait that begins while an event is told waits for the next', async () => {
  const hub = new EventEmitter()
  let later: Wait<readonly unknown[]> | undefined
  hub.on('news', () => {
    later ??= until(hub, 'news')
  })
  const first = until(hub, 'news')
  hub.emit('news', 1)
  assert.equal(await within(soon, first), [1])
  assert.ok(later)
  assert.is(await stateOf(later), 'pending')
  hub.emit('news', 2)
  assert.equal(await within(soon, later), [2])
  assert.is(hub.listenerCount('news'), 1, 'the one of the test')
})

emitted.run()
