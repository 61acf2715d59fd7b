// What is reported of a lag, and how.
import { lagWarning } from '@sluice/blocking'
import { readText } from '@sluice/body'
import { request, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hold, lagsOf, look, named, post, stopClock } from '../support/held-loop.ts'
import type { LagWarningOptions, LoopLag } from '@sluice/blocking'
import type { Handler, PassingMiddleware } from '@sluice/stack'

stopClock()

const computing = (name: string): Handler =>
  named(name, () => {
    hold(60)
    return text('done')
  })

/** Calls a handler and reads what it answers. */
const askFor = async (handler: Handler, target = '/', method = 'GET') => {
  const { body } = await handler(request(target, { method }))
  await readText(body)
  await look()
}

const lagOf = async (target: string, options: Partial<LagWarningOptions> = {}, name = 'page') => {
  const lags: LoopLag[] = []
  const watch = lagWarning({ maxLagMs: 20, onLag: (lag) => lags.push(lag), ...options })
  await askFor(watch(computing(name)), target)
  assert.is(lags.length, 1)
  return lags[0]
}

const lag = suite('lagWarning: onLag')

const paths: readonly { readonly name: string; readonly given: string; readonly wanted: string }[] =
  [
    { name: 'a path', given: '/a/b', wanted: '/a/b' },
    { name: 'a path without its query', given: '/a?token=secret', wanted: '/a' },
    { name: 'a path without a fragment', given: '/a#token', wanted: '/a' },
    { name: 'the path of a whole URL', given: 'http://user:pass@host/a?b', wanted: '/a' },
    { name: 'a whole URL without a path', given: 'http://user:pass@host', wanted: '/' },
    { name: 'a path with a URL in it', given: '/to/http://other/a', wanted: '/to/http://other/a' },
    { name: 'an asterisk', given: '*', wanted: '*' },
  ]

for (const { name, given, wanted } of paths)
  lag(`shows ${name}`, async () => {
    assert.is((await lagOf(given))?.path, wanted)
  })

lag('shows the name of the handler, or the one that is given', async () => {
  assert.is((await lagOf('/'))?.handler, 'page')
  assert.is((await lagOf('/', {}, ''))?.handler, 'anonymous')
  assert.is((await lagOf('/', { name: 'shop' }))?.handler, 'shop')
})

lag('shows the name of a handler that a stack has bound', async () => {
  const names: unknown[] = []
  const watch = lagWarning({ maxLagMs: 20, onLag: ({ handler }) => names.push(handler) })
  const passing: PassingMiddleware = (next) => next
  await askFor(stack(watch)(stack(passing)(computing('page'))))
  await askFor(watch(computing('page').bind(undefined)))
  assert.equal(names, ['page', 'page'])
})

lag('prints what onLag throws or rejects with, and the response passes', async () => {
  const printed: unknown[] = []
  const { error: print } = console
  console.error = (error: unknown) => printed.push(error)
  const failures = [new Error('thrown'), new Error('rejected')]
  try {
    await lagOf('/', {
      onLag: () => {
        throw failures[0]
      },
    }).catch(() => {})
    const rejecting = () => Promise.reject(failures[1])
    await askFor(lagWarning({ maxLagMs: 20, onLag: rejecting })(computing('page')))
  } finally {
    console.error = print
  }
  assert.is(printed.length, 2)
  assert.is(printed[0], failures[0])
  assert.is(printed[1], failures[1])
})

lag('wrong options are refused at the call', () => {
  assert.throws(() => lagWarning({ maxLagMs: 0 }), /maxLagMs/)
  assert.throws(() => lagWarning({ maxLagMs: Number.NaN }), /maxLagMs/)
  assert.throws(
    () => Reflect.apply(lagWarning, undefined, [{ maxLagMs: 20, callbacks: 'sometimes' }]),
    /callbacks: found sometimes, wanted one of after-lag, always, never/,
  )
  assert.throws(
    () => Reflect.apply(lagWarning, undefined, [{ maxLagMs: 20, onLag: 'log' }]),
    /onLag/,
  )
})

lag('a limit of Infinity is never passed', async () => {
  assert.equal(await lagsOf(computing('page'), { maxLagMs: Number.POSITIVE_INFINITY }), [])
})

lag.run()

const warning = suite('lagWarning: the warning')

/** The warnings of the process while `run` does something. */
const warningsOf = async (run: () => Promise<unknown>) => {
  const warnings: Error[] = []
  const { emitWarning } = process
  const heard = (given: Error) => warnings.push(given)
  process.on('warning', heard)
  try {
    await run()
    await look()
  } finally {
    process.off('warning', heard)
    process.emitWarning = emitWarning
  }
  return warnings.map(({ name, message }) => `${name}: ${message}`)
}

warning('names handler, request, time and place', async () => {
  const page = lagWarning({ maxLagMs: 20 })(computing('page'))
  assert.equal(await warningsOf(() => askFor(page, '/a?token=secret')), [
    'LagWarning: page (GET /a) held the event loop for 60 ms before it returned',
  ])
})

warning('comes at most once in ten seconds, and then counts those that did not', async () => {
  const page = lagWarning({ maxLagMs: 20 })(computing('page'))
  const sentence = 'LagWarning: page (GET /) held the event loop for 60 ms before it returned'
  const warnings = await warningsOf(async () => {
    for (let i = 0; i < 5; i++) await askFor(page)
    hold(10_000)
    await askFor(page)
    hold(10_000)
    await askFor(page)
  })
  assert.equal(warnings, [sentence, `${sentence} (4 more since the last warning)`, sentence])
})

warning('is one line, and not longer than a path may be', async () => {
  const page = lagWarning({ maxLagMs: 20 })(computing('page'))
  const [sentence = ''] = await warningsOf(() => askFor(page, `/\n\u001b${'a'.repeat(500)}`))
  assert.match(sentence, /^LagWarning: page \(GET \/\?\?a{197}\) held/)
})

warning('says what is known of a lag without a handler', async () => {
  const watch = lagWarning({ maxLagMs: 20 })
  const page = watch(async () => {
    await undefined
    hold(100)
    return text('done')
  })
  const [sentence = ''] = await warningsOf(() => askFor(page, '/', post('/').method))
  assert.match(sentence, /^LagWarning: Something held the event loop for \d+ ms/)
})

warning.run()
