import { readText } from '@sluice/body'
import { redirect } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { throwsAtOnce } from '../support/rejects.ts'

const redirects = suite('redirect')

redirects('is a 303 without content by default', async () => {
  const { status, headers, body } = redirect('/tea')
  assert.is(status, 303)
  assert.equal([...headers], [['location', '/tea']])
  assert.is(body.byteLength, 0)
  assert.is(await readText(body), '')
})

for (const status of [301, 302, 303, 307, 308] as const)
  redirects(`the status ${status} is one`, () => {
    assert.is(redirect('/', status).status, status)
  })

for (const status of [200, 300, 304, 305, 306, 309, 404, Number.NaN, '303', null])
  redirects(`the status ${JSON.stringify(status)} is refused at the call`, () => {
    throwsAtOnce(() => Reflect.apply(redirect, undefined, ['/', status]), RangeError)
  })

for (const { name, given, wanted } of [
  {
    name: 'a whole URL',
    given: 'https://a.example/b?c=d&e#f',
    wanted: 'https://a.example/b?c=d&e#f',
  },
  {
    name: 'a URL object',
    given: new URL('https://a.example/é'),
    wanted: 'https://a.example/%C3%A9',
  },
  { name: 'a relative path', given: '../b', wanted: '../b' },
  { name: 'what is not ASCII is encoded', given: '/café/日', wanted: '/caf%C3%A9/%E6%97%A5' },
  { name: 'a character of two halves', given: '/😀', wanted: '/%F0%9F%98%80' },
  { name: 'half a character', given: '/\ud83d', wanted: '/%EF%BF%BD' },
  { name: 'what is encoded is not encoded twice', given: '/caf%C3%A9', wanted: '/caf%C3%A9' },
  { name: 'a space', given: '/a b', wanted: '/a%20b' },
  { name: 'what may stand in no URL', given: '/"<>^`{|}', wanted: '/%22%3C%3E%5E%60%7B%7C%7D' },
  {
    name: 'a backslash, which would begin a host',
    given: '/\\evil.example',
    wanted: '/%5Cevil.example',
  },
])
  redirects(`${name}: ${String(given)} becomes ${wanted}`, () => {
    assert.is(redirect(given).headers.get('location'), wanted)
  })

for (const given of ['/a\r\nset-cookie: b=c', '/a\n', '/\u0000', '/\u007f', '/\ta'])
  redirects(`a control character is refused at the call: ${JSON.stringify(given)}`, () => {
    throwsAtOnce(() => redirect(given), TypeError)
  })

for (const given of [undefined, null, 1, {}])
  redirects(`${JSON.stringify(given)} is refused at the call`, () => {
    throwsAtOnce(() => Reflect.apply(redirect, undefined, [given]), TypeError)
  })

redirects.run()
