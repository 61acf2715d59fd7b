// Mistakes of callers in plain JavaScript: each is refused at the call, in words that say what was found and what is wanted.
import { blocking, inWorker, lagWarning, run, workerPool } from '@sluice/blocking'
import { cgi } from '@sluice/blocking/cgi'
import { readText } from '@sluice/body'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { within } from '../support/within.ts'

const functions = program('functions')
const pool = workerPool({ threads: 1 })

/** Calls as plain JavaScript may: without types. */
const called = (call: (...given: never[]) => unknown, ...given: readonly unknown[]): unknown =>
  Reflect.apply(call, undefined, given)

const throwsTypeError = (call: () => unknown, message: string) =>
  assert.is(throwsAtOnce(call, TypeError).message, message)

const options = suite('options')

for (const { name, call } of [
  { name: 'blocking()', call: (given: unknown) => called(blocking, functions, given) },
  { name: 'workerPool()', call: (given: unknown) => called(workerPool, given) },
  { name: 'run()', call: (given: unknown) => called(run, functions, 1, given) },
  { name: 'inWorker()', call: (given: unknown) => called(inWorker, functions, given) },
  { name: 'lagWarning()', call: (given: unknown) => called(lagWarning, given) },
  { name: 'cgi()', call: (given: unknown) => called(cgi, '/bin/true', given) },
  { name: 'close() of a pool', call: (given: unknown) => called(workerPool().close, given) },
])
  options(`of ${name} that are not an object are a TypeError`, () => {
    const found: readonly (readonly [unknown, string])[] = [
      [null, 'null'],
      [5, 'a number'],
    ]
    for (const [given, what] of found)
      throwsTypeError(() => call(given), `Cannot use the options: found ${what}, wanted an object`)
  })

options('of lagWarning() have to be given', () => {
  throwsTypeError(
    () => called(lagWarning),
    'Cannot use the options: found undefined, wanted an object',
  )
})

for (const limit of ['threads', 'queue', 'timeoutMs', 'memoryMb'])
  options(`of blocking() beside a pool: ${limit} is refused, as it would have no effect`, () => {
    throwsTypeError(
      () => blocking(functions, { pool, [limit]: 100 }),
      `Cannot use ${limit}: found a pool that is there already, wanted the option in workerPool()`,
    )
  })

options(
  'of blocking() beside a pool: others, and limits that are undefined, are used',
  async () => {
    const undefinedLimits = { threads: undefined, timeoutMs: undefined }
    const given = { pool, exportName: 'upper', idleTimeoutMs: 100, ...undefinedLimits }
    const work = called(blocking, functions, given)
    assert.type(work, 'function')
  },
)

options.run()

const requests = suite('a handler that is called without a request')

const whole = request('/')

for (const [name, given, found] of [
  ['nothing', undefined, 'undefined'],
  ['text', '/', 'a string'],
  ['an empty object', {}, 'undefined as its headers'],
  ['a request without headers', { ...whole, headers: null }, 'null as its headers'],
  ['a request without a body', { ...whole, body: undefined }, 'undefined as its body'],
  ['a request whose body is text', { ...whole, body: 'text' }, 'a string as its body'],
  ['a request without a client', { ...whole, client: undefined }, 'undefined as its client'],
  ['a request whose client is empty', { ...whole, client: {} }, 'a client without a signal'],
] as const) {
  const message = `Cannot use the request: found ${found}, wanted that of a host, or request()`

  requests(`of blocking(): ${name} is a TypeError, and takes no thread`, () => {
    throwsTypeError(() => called(blocking(functions, { pool }), given), message)
    assert.equal([pool.running, pool.queued], [0, 0])
  })

  requests(`of cgi(): ${name} is a TypeError`, async () => {
    const error = await rejects(async () => called(cgi('/bin/true'), given), TypeError)
    assert.is(error.message, message)
  })
}

requests('and one that has a request answers', async () => {
  const { body } = await within(10_000, blocking(functions, { pool })(request('/a')))
  assert.is(await readText(body), 'GET /a\n')
  await within(10_000, pool.close())
})

requests.run()
