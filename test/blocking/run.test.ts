// One blocking call from asynchronous code: what crosses, what ends it, and that its thread goes on.
import { MessageChannel } from 'node:worker_threads'
import { run, workerPool } from '@sluice/blocking'
import { propertyOf } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { program } from '../support/blocking/program.ts'
import { collectWarnings } from '../support/blocking/warnings.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'

const calls = program('calls')
const pool = workerPool({ threads: 1, queue: 1 })
const returned = (kind: unknown) => run(calls, kind, { pool, exportName: 'returns' })

const reasonOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    (value) => ['no failure', value],
    (error: unknown) => error,
  )

const call = suite('run')

call('gives what the function returns, as a structured clone', async () => {
  const given = { numbers: [1, 2, 3], since: new Date(0), rows: new Map([['a', 1n]]) }
  assert.equal(await run(calls, given, { pool }), { given, sum: 6 })
  assert.is(await returned(undefined), undefined)
  assert.equal(await returned(new Uint8Array([1, 2])), new Uint8Array([1, 2]))
})

call('needs no pool: calls share one', async () => {
  assert.is(await run(calls, 'x', { exportName: 'returns' }), 'x')
})

for (const thrown of ['mine', null])
  call(`is not hit by an error of ${thrown} that an earlier call left behind`, async () => {
    const collected = collectWarnings()
    for (let i = 0; i < 3; i++) {
      assert.is(await run(calls, thrown, { pool, exportName: 'leavesAnError' }), 'armed')
      for (let each = 0; each < 3; each++)
        assert.is(await run(calls, null, { pool, exportName: 'takesAWhile' }), 'innocent')
    }
    for (const warning of collected.stop()) assert.is(codeOf(warning), 'WORKER_DIED')
  })

call('refuses a port among the values, which would have to be transferred', async () => {
  const { port1, port2 } = new MessageChannel()
  await rejects(() => run(calls, { port: port1 }, { pool }), 'VALUE_NOT_CLONEABLE')
  port2.close()
})

call('rejects with the error of the function: stack, code, status and cause', async () => {
  const error = await rejects(() => run(calls, '', { pool, exportName: 'throws' }), 'TABLE_GONE')
  const { name, message, status, cause } = error
  assert.equal([name, message, status], ['TypeError', 'cannot read the table', 410])
  assert.is(propertyOf(error, 'expose'), true)
  assert.match(String(error.stack), /calls\.mjs:\d+/)
  assert.equal(
    [propertyOf(cause, 'code'), propertyOf(cause, 'message')],
    ['ENOENT', 'no such file'],
  )
})

call('rejects with what is thrown, if it is no error', async () => {
  const thrown = await reasonOf(run(calls, 'a string', { pool, exportName: 'throws' }))
  assert.is(thrown, 'just text')
})

const refusals = [
  { kind: 'a promise', code: 'WOULD_WAIT', message: /found a promise/ },
  { kind: 'an async generator', code: 'WOULD_WAIT', message: /found an async iterable/ },
  { kind: 'a function', code: 'VALUE_NOT_CLONEABLE', message: /could not be cloned/ },
  {
    kind: 'an object with a function',
    code: 'VALUE_NOT_CLONEABLE',
    message: /could not be cloned/,
  },
  { kind: 'a symbol', code: 'VALUE_NOT_CLONEABLE', message: /could not be cloned/ },
]

for (const { kind, code, message } of refusals)
  call(`rejects with ${code} if the function returns ${kind}, and the thread goes on`, async () => {
    const thread = await run(calls, undefined, { pool, exportName: 'threadId' })
    const error = await rejects(() => returned(kind), code)
    assert.match(error.message, message)
    assert.is(await run(calls, undefined, { pool, exportName: 'threadId' }), thread)
  })

call('rejects with the error of a getter of the result', async () => {
  const error = await reasonOf(returned('a getter that throws'))
  assert.equal([propertyOf(error, 'name'), propertyOf(error, 'message')], ['RangeError', 'no rows'])
})

call('rejects with VALUE_NOT_CLONEABLE if the argument cannot cross', async () => {
  await rejects(() => returned(() => {}), 'VALUE_NOT_CLONEABLE')
  assert.is(await returned('next'), 'next')
  assert.is(pool.running, 0)
})

call('rejects with WORKER_MODULE_INVALID if there is no such function', async () => {
  await rejects(() => run(calls, 1, { pool, exportName: 'absent' }), 'WORKER_MODULE_INVALID')
})

call('throws at the call if an option is invalid', () => {
  assert.throws(() => run('relative.js'), /wanted a file: URL/)
  assert.throws(() => run(new URL('absent.mjs', calls)), /found no file/)
  assert.throws(() => run(calls, 1, { timeoutMs: Number.NaN }), RangeError)
  // @ts-expect-error plain JavaScript
  assert.throws(() => run(calls, 1, { signal: {} }), /wanted an AbortSignal/)
  // @ts-expect-error plain JavaScript
  assert.throws(() => run(calls, 1, { pool: {} }), /wanted one of workerPool/)
})

call.run()

const ends = suite('run ends a call')

ends('that has not begun, if the signal has aborted: with its reason', async () => {
  const reason = new Error('not wanted')
  const signal = AbortSignal.abort(reason)
  assert.is(await reasonOf(run(calls, 1, { pool, signal })), reason)
})

ends('that waits in the queue, at once and with the reason of the signal', async () => {
  const gate = new Gate()
  const { memory } = gate
  const first = run(calls, { memory, answer: 'first' }, { pool, exportName: 'waits' })
  await gate.begun()
  const leaving = new AbortController()
  const second = run(calls, 'second', { pool, exportName: 'returns', signal: leaving.signal })
  assert.equal([pool.running, pool.queued], [1, 1])
  await rejects(() => returned('third'), 'WORKER_BUSY')
  const reason = new Error('left the queue')
  leaving.abort(reason)
  assert.is(await reasonOf(second), reason)
  assert.equal([pool.running, pool.queued], [1, 0])
  gate.open()
  assert.is(await first, 'first')
})

for (const reason of [new Error('left'), null])
  ends(`that runs, with the reason of the signal: ${reason}`, async () => {
    const gate = new Gate()
    const leaving = new AbortController()
    const options = { pool, exportName: 'spins', signal: leaving.signal }
    const spinning = run(calls, gate.memory, options)
    await gate.begun()
    leaving.abort(reason)
    assert.is(await within(5000, reasonOf(spinning)), reason)
    assert.is(await returned('next'), 'next')
  })

ends('that runs for longer than timeoutMs, with WORKER_TIMEOUT', async () => {
  const { memory } = new Gate()
  await within(
    5000,
    rejects(
      () => run(calls, memory, { pool, exportName: 'spins', timeoutMs: 50 }),
      'WORKER_TIMEOUT',
    ),
  )
  assert.is(await returned('next'), 'next')
})

ends('that waits for a thread for longer than timeoutMs, with WORKER_BUSY', async () => {
  const gate = new Gate()
  const { memory } = gate
  const first = run(calls, { memory, answer: 'first' }, { pool, exportName: 'waits' })
  await gate.begun()
  await within(
    5000,
    rejects(() => run(calls, 1, { pool, exportName: 'returns', timeoutMs: 20 }), 'WORKER_BUSY'),
  )
  gate.open()
  assert.is(await first, 'first')
})

ends(
  'not while it waits for a thread, if timeoutMs is longer than the timers of Node',
  async () => {
    const gate = new Gate()
    const given = { memory: gate.memory, answer: 'first' }
    const first = run(calls, given, { pool, exportName: 'waits' })
    await gate.begun()
    const options = { pool, exportName: 'returns', timeoutMs: 2 ** 32 }
    const second = run(calls, 'second', options)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.is(pool.queued, 1)
    gate.open()
    assert.equal(await Promise.all([first, second]), ['first', 'second'])
  },
)

ends('and its signal keeps no listener', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners++
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners--
    remove(...given)
  }
  await run(calls, 'x', { pool, exportName: 'returns', signal })
  assert.is(listeners, 0)
})

ends('and its threads end', () => within(10_000, pool.close()))

ends.run()
