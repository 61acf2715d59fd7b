// What went wrong in other servers: field lines, Host and the target.
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readResponse } from '../support/read-response.ts'
import { postHead, refusing } from '../support/refusing.ts'
import { get, serving } from '../support/serving.ts'

const lines = suite('lessons: field lines')

const bad = (...given: readonly string[]) => `${postHead(...given)}hi`

// CVE-2021-22959 (llhttp): a space before the colon.
lines(
  '7. a field name that is no token is refused, and nothing is trimmed off it',
  refusing(
    400,
    [
      ...['content-length : 2', 'content-length\t: 2', 'content length: 2', ': 2', '2', 'x(: y'],
      ...[
        'content-length\xa0: 2',
        '\xa0content-length: 2',
        '\xef\xbb\xbfx: y',
        'x\0: y',
        'x\x7f: y',
      ],
    ].map((line) => bad(line)),
  ),
)
lines(
  '7. a field value with a control character other than HTAB is refused',
  refusing(
    400,
    ['x: \0', 'x: a\x0bb', 'x: \x0c', 'x: \x7f', 'x: a\x01', 'x:\x1f'].map((line) => bad(line)),
  ),
)
lines(
  '7. of a value SP and HTAB are trimmed, and nothing else, in lists as well',
  serving(async (start) => {
    const values: (string | undefined)[] = []
    const site = await start(({ headers }) => {
      values.push(headers.get('x'))
      return text('')
    })
    const client = await site.connect()
    client.send(get('/', 'x: \t\xa0a\x85 \t', 'connection: \xa0close', 'connection: close\x85'))
    assert.not((await readResponse(client)).fields.has('connection'))
    assert.equal(values, ['\xa0a\x85'])
    client.send(get('/', 'connection: te,\tclose \t'))
    assert.is((await readResponse(client)).fields.get('connection'), 'close')
  }),
)

// CVE-2024-27982, CVE-2022-35256 and CVE-2025-23167 (Node).
lines(
  '8. a folded line, a bare CR or LF, a NUL and a head that ends otherwise are refused',
  refusing(400, [
    bad('x: y', ' z'),
    bad('x: y', '\tz'),
    bad('x: y', ' content-length: 2'),
    bad(' x: y'),
    bad('x: y\nz: w'),
    bad('x: y\rz: w'),
    bad('x: y\r\rz: w'),
    'POST / HTTP/1.1\nhost: a\n\n',
    'POST / HTTP/1.1\r\nhost: a\r\n\n',
    'POST / HTTP/1.1\r\nhost: a\r\n\rX',
    'POST / HTTP/1.1\r\nhost: a\n\r\n',
    'POST / HTTP/1.1\r\n\thost: a\r\n\r\n',
    'POST /\0 HTTP/1.1\r\nhost: a\r\n\r\n',
  ]),
)

// Node drops fields beyond 2,000 without a word, and one of them may be the one that matters.
lines(
  '17. the 101st field is refused with 431, and none is dropped',
  serving(async (start) => {
    const counts: number[] = []
    const site = await start(({ headers }) => {
      counts.push(headers.size)
      return text('')
    })
    const many = (count: number) => Array.from({ length: count - 1 }, (_, i) => `x-${i}: y`)
    assert.is((await site.ask(get('/', ...many(100)))).status, 200)
    assert.is((await site.ask(get('/', ...many(101)))).status, 431)
    assert.equal(counts, [100])
  }),
)

lines.run()

const target = suite('lessons: Host and the target')

const asked = (line: string, ...fields: readonly string[]) => [line, ...fields, '', ''].join('\r\n')

target(
  '13. not exactly one valid Host is refused',
  refusing(400, [
    asked('GET / HTTP/1.1'),
    asked('GET / HTTP/1.1', 'host: a', 'host: a'),
    asked('GET / HTTP/1.1', 'host: a', 'Host: b'),
    ...['a,b', 'a b', 'a/b', 'a@b', 'a:x', 'a:65536', '[::1', '[::g]', 'a\xa0', '\xe9', '\\'].map(
      (host) => asked('GET / HTTP/1.1', `host: ${host}`),
    ),
  ]),
)
target(
  '13. an empty authority, `*` without OPTIONS and an authority without CONNECT are refused',
  refusing(
    400,
    [
      'GET http:///',
      'GET http://:80/',
      'GET http://u@b/',
      'GET *',
      'GET b:443',
      'CONNECT /',
      'CONNECT b',
    ].map((start) => asked(`${start} HTTP/1.1`, 'host: a')),
  ),
)
target(
  '13. the authority of an absolute-form stands in the place of Host',
  serving(async (start) => {
    const site = await start(({ target: found, headers }) =>
      text(`${found} ${headers.getAll('host')}`),
    )
    const answer = await site.ask(asked('GET http://b:80/c HTTP/1.1', 'host: a'))
    assert.is(answer.content, 'http://b:80/c b:80')
  }),
)
// `new URL()` folds a backslash, drops tabs and resolves dots: whoever decides on one form must not act on another.
target(
  '14. the target is given as it came',
  serving(async (start) => {
    const site = await start(({ target: found }) => text(found))
    for (const sent of ['/a/../b//c/./', '/%2e%2e/%2F%00?%zz', '/a|b?{}|^[]\\`', '/?', '//b/c'])
      assert.is((await site.ask(get(sent))).content, sent)
  }),
)
target(
  '14. a target with a byte that proxies read apart is refused',
  refusing(
    400,
    ['/a\\b', '/a\tb', '/a#b', '/a\x85', '/a"', '/\x7f', 'a', '/a\xe9'].map((path) =>
      asked(`GET ${path} HTTP/1.1`, 'host: a'),
    ),
  ),
)

target.run()
