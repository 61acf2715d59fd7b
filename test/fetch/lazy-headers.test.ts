// The Headers of a lazy Request, with the platform's own as the reference.
import { fields } from '@sluice/body'
import { fromFetch } from '@sluice/fetch'
import { request, requestUrl } from '@sluice/stack'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { lazyOf } from '../support/fetch/lazy-of.ts'
import { outcomesOf } from '../support/fetch/outcome.ts'
import { holds } from '../support/holds.ts'
import type { Operation } from '../support/fetch/outcome.ts'

const names = ['accept', 'Accept', 'cookie', 'set-cookie', 'Set-Cookie', 'x-a', 'bad name', '', 'é']
const values = ['', 'one', ' two ', 'thr\tee', 'a\nb', '\u0101', '\xe9']

const operation: fc.Arbitrary<Operation<Headers>> = fc
  .tuple(
    fc.constantFrom('get', 'has', 'delete', 'set', 'append'),
    fc.constantFrom(...names),
    fc.constantFrom(...values),
  )
  .map(([method, name, value]) => ({
    name: `${method} ${name} ${value}`,
    run: (on) => Reflect.apply(Reflect.get(on, method), on, [name, value]),
  }))

const wholeOperations: readonly Operation<Headers>[] = [
  { name: 'spread', run: (on) => [...on] },
  { name: 'entries', run: (on) => [...on.entries()] },
  { name: 'keys', run: (on) => [...on.keys()] },
  { name: 'values', run: (on) => [...on.values()] },
  { name: 'getSetCookie', run: (on) => on.getSetCookie() },
  { name: 'forEach', run: (on) => eachOf(on) },
  { name: 'new Headers', run: (on) => [...new Headers(on)] },
  { name: 'in a Response', run: (on) => [...new Response(null, { headers: on }).headers] },
  { name: 'tag', run: (on) => Object.prototype.toString.call(on) },
]

/** What `forEach` tells: `this`, and whether the third argument is the very headers. */
const eachOf = (on: Headers): readonly unknown[] => {
  const seen: unknown[] = []
  on.forEach(function (this: unknown, value, name, all) {
    seen.push([this, name, value, all === on])
  }, 'this')
  return seen
}

const lines: fc.Arbitrary<[string, string][]> = fc.array(
  fc.tuple(
    fc.constantFrom('accept', 'cookie', 'set-cookie', 'x-a', 'x-b'),
    fc.constantFrom('one', 'two', '\xe9'),
  ),
)

const lazy = suite('lazy Headers')

lazy('any operations give what they give on real Headers', () =>
  holds(
    fc.asyncProperty(
      lines,
      fc.array(fc.oneof(operation, fc.constantFrom(...wholeOperations)), { maxLength: 6 }),
      async (given, chosen) => {
        const { headers } = lazyOf(request('/', { headers: fields(given) }))
        const wanted = await outcomesOf(chosen, new Headers(given))
        assert.equal(
          await outcomesOf(chosen, headers),
          wanted,
          chosen.map(({ name }) => name).join(', '),
        )
      },
    ),
    1000,
  ),
)

lazy('lines of cookie become one, joined by a semicolon, as HTTP/2 cuts them', () => {
  const headers = { cookie: ['a=1', 'b=2'] }
  assert.is(lazyOf(request('/', { headers })).headers.get('cookie'), 'a=1; b=2')
  assert.equal([...lazyOf(request('/', { headers })).headers], [['cookie', 'a=1; b=2']])
})

lazy.run()

const url = suite('url of a lazy Request')

const host = fc.constantFrom(
  ...['a.example', 'A.Example:80', 'a.example:8080', '[::1]', '1.2', '', 'a b', 'x@evil.example'],
)
const pieces = [
  '/',
  '//',
  'a',
  '.',
  '..',
  '%2e',
  '%',
  '?',
  '#',
  '&',
  '=',
  "'",
  '"',
  '\\',
  '\xe4',
  '|',
  ':',
  '@',
  'Z~',
]
const target = fc
  .array(fc.constantFrom(...pieces), { maxLength: 8 })
  .chain((parts) => fc.constantFrom(`/${parts.join('')}`, parts.join('')))

url('it is the text of requestUrl, or its error', () =>
  holds(
    fc.property(host, fc.oneof(target, fc.constant('*')), (name, path) => {
      const of = request(path, { headers: { host: name } })
      assert.equal(
        textOf(() => lazyOf(of).url),
        textOf(() => requestUrl(of).href),
      )
    }),
    3000,
  ),
)

const textOf = (run: () => string): unknown => {
  try {
    return run()
  } catch (error) {
    return codeOf(error)
  }
}

url('the host never comes from the path', () => {
  const of = request('//evil.example/x', { headers: { host: 'a.example' } })
  assert.is(lazyOf(of).url, 'http://a.example//evil.example/x')
})

url('the scheme is https behind TLS, also after a plain request to the same host', () => {
  const { client } = request()
  const tls = {
    protocol: 'TLSv1.3',
    serverName: 'a',
    peerCertificate: undefined,
    authorized: false,
  }
  const headers = { host: 'a.example' }
  assert.is(lazyOf(request('/', { headers })).url, 'http://a.example/')
  const secure = { ...client, tls }
  assert.is(lazyOf(request('/', { headers, client: secure })).url, 'https://a.example/')
})

url('an invalid target is refused before the application is called', () => {
  let calls = 0
  const app = fromFetch(() => {
    calls++
    return new Response()
  })
  assert.throws(
    () => app(request('/a b')),
    (error: unknown) => codeOf(error) === 'TARGET_INVALID',
  )
  assert.is(calls, 0)
})

url.run()
