import { EventEmitter } from 'node:events'
import { readText, toBody } from '@sluice/body'
import { pause, sleep, until } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, leavingNothing, listenersOf } from '../support/bodies/leaving-nothing.ts'
import { timersSet } from '../support/bodies/left-over.ts'
import { record, words } from '../support/bodies/record.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { PauseOutcome } from '@sluice/pause'

const soon = 5000

const pauses = suite('pause')

pauses('a resume ends the wait, with its value', async () => {
  const { frame, resume, resumed } = pause<string>()
  assert.is(await stateOf(frame.until), 'pending')
  assert.is(resume('go'), true)
  assert.equal(await within(soon, resumed), { kind: 'resumed', value: 'go' })
  await within(soon, frame.until)
})

pauses('a resume before the wait is not lost', async () => {
  const { frame, resume } = pause()
  assert.is(resume(), true)
  assert.equal(await words(toBody([frame, 'on'])), ['pause', 'data on', 'end'])
})

pauses('the second resume is false and its value goes nowhere', async () => {
  const { resume, resumed } = pause<number>()
  assert.is(resume(1), true)
  assert.is(resume(2), false)
  assert.equal(await resumed, { kind: 'resumed', value: 1 })
})

pauses('a value that is a promise, even one that rejects, is handed over as it is', async () => {
  const { resume, resumed } = pause<Promise<void>>()
  const value = Promise.reject(new Error('later'))
  value.catch(() => {})
  resume(value)
  const outcome = await within(soon, resumed)
  assert.ok(outcome.kind === 'resumed' && outcome.value === value)
})

pauses('resume never runs the body inside the call', async () => {
  const order: string[] = []
  const { frame, resume, resumed } = pause()
  resumed.then(() => order.push('told'))
  async function* answer(): AsyncGenerator<Frame> {
    yield frame
    order.push('body')
  }
  const reading = record(answer())
  await turn()
  resume()
  order.push('returned')
  await within(soon, reading)
  assert.equal(order, ['returned', 'told', 'body'])
})

pauses(
  'timeoutMs without a resume is told as timed out, and data goes on',
  leavingNothing(async () => {
    const { frame, resume, resumed } = pause<number>({ timeoutMs: 5 })
    async function* answer(): AsyncGenerator<Frame | string> {
      yield frame
      yield (await resumed).kind
    }
    assert.is(await within(soon, readText(toBody(answer()))), 'timed out')
    assert.is(resume(1), false)
  }),
)

pauses(
  'timeoutMs 0 times out, after what can run at once',
  leavingNothing(async () => {
    const first = pause<number>({ timeoutMs: 0 })
    assert.is(first.resume(1), true)
    assert.is((await first.resumed).kind, 'resumed')
    const second = pause({ timeoutMs: 0 })
    assert.is((await within(soon, second.resumed)).kind, 'timed out')
  }),
)

pauses(
  'an abort is told as gone, with the reason; timer and listener go',
  leavingNothing(async () => {
    const controller = new AbortController()
    const { resume, resumed } = pause({ timeoutMs: 60_000, signal: controller.signal })
    assert.is(abortListeners(controller.signal), 1)
    const reason = new Error('left')
    controller.abort(reason)
    const outcome = await within(soon, resumed)
    assert.ok(outcome.kind === 'gone' && outcome.reason === reason)
    assert.is(resume(), false)
    assert.is(abortListeners(controller.signal), 0)
  }),
)

pauses(
  'a signal that has aborted before the call is gone at once, and nothing is started',
  leavingNothing(async () => {
    const signal = AbortSignal.abort('before')
    const { resume, resumed } = pause({ timeoutMs: 60_000, signal })
    assert.is(resume(), false)
    assert.equal(await within(soon, resumed), { kind: 'gone', reason: 'before' })
    assert.is(abortListeners(signal), 0)
  }),
)

pauses(
  'a resume takes timer and listener away',
  leavingNothing(async () => {
    const { signal } = new AbortController()
    const { resume } = pause({ timeoutMs: 60_000, signal })
    resume()
    assert.is(abortListeners(signal), 0)
  }),
)

pauses('a plain pause sets no timer; an infinite timeoutMs neither', () => {
  const before = timersSet()
  pause()
  pause({ timeoutMs: Number.POSITIVE_INFINITY })
  assert.is(timersSet(), before)
})

for (const timeoutMs of [Number.NaN, '8', 8n, null])
  pauses(`timeoutMs ${String(timeoutMs)}, a ${typeof timeoutMs}, is refused at the call`, () => {
    const before = timersSet()
    const { signal } = new AbortController()
    const options = { timeoutMs, signal }
    throwsAtOnce(() => Reflect.apply(pause, undefined, [options]), RangeError)
    throwsAtOnce(() => Reflect.apply(until, undefined, [Promise.resolve(), options]), RangeError)
    throwsAtOnce(() => Reflect.apply(sleep, undefined, [timeoutMs, { signal }]), RangeError)
    assert.is(timersSet(), before)
    assert.is(abortListeners(signal), 0)
  })

for (const timeoutMs of [-1, -0.5, Number.NEGATIVE_INFINITY, Date.parse('2020') - Date.now()])
  pauses(
    `a deadline ${timeoutMs < -9 ? 'long' : timeoutMs} ago times out, after what can run at once`,
    leavingNothing(async () => {
      const first = pause<number>({ timeoutMs })
      assert.is(first.resume(1), true)
      assert.is((await within(soon, pause({ timeoutMs }).resumed)).kind, 'timed out')
      assert.is(await until(Promise.resolve('ready'), { timeoutMs }), 'ready')
      const wait = until(new Promise(() => {}), { timeoutMs })
      const { message } = await rejects(() => within(soon, wait), 'TIMED_OUT')
      assert.match(message, 'in 0 ms')
      assert.is(await within(soon, sleep(timeoutMs)), undefined)
    }),
  )

for (const [given, set] of [
  [0.5, 1],
  [1.2, 2],
  [2 ** 31 - 1.5, 2 ** 31 - 1],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31, 2 ** 31 - 1],
  [Number.MAX_VALUE, 2 ** 31 - 1],
] as const)
  pauses(`${given} milliseconds set a timer of ${set}`, async () => {
    const delays: unknown[] = []
    const real = globalThis.setTimeout
    const noted: unknown = Object.assign((run: () => void, ms?: number, ...values: unknown[]) => {
      delays.push(ms)
      return Reflect.apply(real, undefined, [run, ms, ...values])
    }, real)
    Reflect.set(globalThis, 'setTimeout', noted)
    const paused = pause({ timeoutMs: given })
    const waits = [sleep(given), until(new Promise(() => {}), { timeoutMs: given })]
    Reflect.set(globalThis, 'setTimeout', real)
    assert.equal(delays, [set, set, set])
    assert.is(paused.resume(), true)
    for (const wait of waits) {
      wait.cancel()
      await rejects(() => wait, 'WAIT_FAILED')
    }
  })

pauses(
  'a thousand are paused at once; resuming all delivers all, and no listener is left',
  leavingNothing(async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const controller = new AbortController()
    const handles = Array.from({ length: 1000 }, () =>
      pause<number>({ signal: controller.signal, timeoutMs: 60_000 }),
    )
    async function* answer(at: number): AsyncGenerator<Frame | string> {
      const handle = handles[at]
      if (handle === undefined) return
      yield `${at} `
      yield handle.frame
      const outcome = await handle.resumed
      yield outcome.kind === 'resumed' ? `got ${outcome.value}` : outcome.kind
    }
    const readings = handles.map((_, at) => readText(toBody(answer(at))))
    await turn(3)
    assert.is(abortListeners(controller.signal), 1, 'they share one')
    for (const [at, { resume }] of handles.entries()) assert.is(resume(at * 2), true)
    const found = await within(soon, Promise.all(readings))
    assert.equal(
      found,
      handles.map((_, at) => `${at} got ${at * 2}`),
    )
    assert.is(abortListeners(controller.signal), 0)
    process.off('warning', note)
    assert.equal(warnings, [])
  }),
)

pauses(
  'an abort ends all who share the signal, each once, and those who left before are left alone',
  leavingNothing(async () => {
    const controller = new AbortController()
    const { signal } = controller
    const handles = Array.from({ length: 3 }, () => pause<string>({ signal }))
    handles[1]?.resume('in time')
    assert.is(abortListeners(signal), 1)
    const reason = new Error('left')
    controller.abort(reason)
    assert.is(abortListeners(signal), 0)
    const found = await Promise.all(handles.map(({ resumed }) => resumed))
    assert.equal(
      found.map(({ kind }) => kind),
      ['gone', 'resumed', 'gone'],
    )
  }),
)

pauses('the type of the value flows from resume to the outcome', async () => {
  const { resume, resumed } = pause<{ readonly user: string }>()
  resume({ user: 'ann' })
  const outcome: PauseOutcome<{ readonly user: string }> = await resumed
  // @ts-expect-error another type is refused
  assert.is(resume({ name: 'bob' }), false)
  assert.is(outcome.kind === 'resumed' ? outcome.value.user : '', 'ann')
})

pauses.run()

const sleeps = suite('sleep')

sleeps('the shorter ends before the longer', async () => {
  const order: string[] = []
  const longer = sleep(30).then(() => order.push('longer'))
  const shorter = sleep(1).then(() => order.push('shorter'))
  await within(soon, Promise.all([longer, shorter]))
  assert.equal(order, ['shorter', 'longer'])
})

sleeps(
  'an abort fails it with the reason, and the timer is gone',
  leavingNothing(async () => {
    const controller = new AbortController()
    const wait = sleep(60_000, { signal: controller.signal })
    const reason = new Error('left')
    controller.abort(reason)
    await rejects(() => within(soon, wait), reason)
  }),
)

sleeps('an infinite one sets no timer and lasts until it is cancelled', async () => {
  const before = timersSet()
  const wait = sleep(Number.POSITIVE_INFINITY)
  assert.is(timersSet(), before)
  assert.is(await stateOf(wait), 'pending')
  wait.cancel()
  await rejects(() => wait, 'WAIT_FAILED')
})

sleeps('a wait is the until of a pause: it fails the body when it fails', async () => {
  const emitter = new EventEmitter()
  async function* answer(): AsyncGenerator<Frame | string> {
    yield { kind: 'pause', until: sleep(1) }
    yield 'on'
    yield { kind: 'pause', until: until(emitter, 'never', { timeoutMs: 1 }) }
    yield 'never'
  }
  const found = await within(soon, words(toBody(answer())))
  assert.equal(found, ['pause', 'data on', 'pause', 'error TIMED_OUT'])
  assert.is(listenersOf(emitter), 0)
})

sleeps.run()
