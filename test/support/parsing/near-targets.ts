import fc from 'fast-check'
import { blank } from './made-grammar.ts'

/** Requests whose target, Host, framing and connection are often not what they should be. Text is Latin-1. */

const group = fc.constantFrom('1', 'ffff', '0', '12345', 'g', '', '1.2.3.4', '999.1.1.1')
const address = fc
  .array(fc.tuple(group, fc.constantFrom(':', ':', ':', '::')), { maxLength: 9 })
  .chain((groups) =>
    fc
      .tuple(fc.constantFrom('', '', '::'), group)
      .map(([first, last]) => `[${first}${groups.flat().join('')}${last}]`),
  )
const name = fc.constantFrom('a', 'a.b', '.a', 'a..b', 'a.', 'A-_~', 'a b', 'u@a', 'a%41', 'é', '')
const port = fc.constantFrom('', '', ':', ':80', ':65535', ':65536', ':00080', ':8a', '::', ':-1')
const host = fc.tuple(fc.oneof(name, address), port).map((parts) => parts.join(''))

const path = fc
  .array(fc.constantFrom('/', 'a', '.', '..', '%2f', '?', '#', '\\', '|', '{', '"', '\t', '\x80'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const target = fc.oneof(
  path.map((rest) => `/${rest}`),
  fc
    .tuple(
      fc.constantFrom('http://', 'https://', 'HTTP://', 'ftp://', 'http:/', '//', ''),
      host,
      path,
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('*', '**', '*/'),
)
const method = fc.constantFrom('GET', 'OPTIONS', 'CONNECT', 'connect', 'POST', '')
const version = fc.constantFrom(
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/3.0',
  'http/1.1',
)

const joined = (values: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(blank, values, blank), { minLength: 1, maxLength: 2 })
    .map((parts) => parts.map((part) => part.join('')).join(','))
const lengthLine = joined(
  fc.constantFrom(
    '0',
    '2',
    '2',
    '+2',
    '0x2',
    '2.0',
    '',
    '9007199254740991',
    '9007199254740992',
    '²',
  ),
).map((value) => `content-length:${value}`)
const codingLine = joined(
  fc.constantFrom(
    'chunked',
    'Chunked',
    'gzip',
    'identity',
    '',
    'chunked\xa0',
    'chunke',
    'a b',
    'gzip;q=1',
    'chunked;a',
  ),
).map((value) => `transfer-encoding:${value}`)
const connectionLine = joined(
  fc.constantFrom('close', 'Close', 'keep-alive', 'upgrade', '\xa0close', 'close\x85', '', 'te'),
).map((value) => `connection:${value}`)
const otherLine = fc.constantFrom(
  'upgrade: a',
  'expect: 100-continue',
  'expect: 100',
  'expect: ,100-continue, 100-Continue',
  'expect:',
  'x : y',
  ' x: y',
)

const lines = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: lengthLine },
    { weight: 3, arbitrary: codingLine },
    { weight: 3, arbitrary: connectionLine },
    { weight: 1, arbitrary: otherLine },
    { weight: 1, arbitrary: host.map((value) => `host:${value}`) },
  ),
  { maxLength: 3 },
)

const content = fc.constantFrom(
  '',
  '',
  'hi',
  '2\r\nhi\r\n0\r\n\r\n',
  '0\r\n\r\n',
  '0\r\nx: y\r\n\r\n',
  '0\r\nhost: b\r\n\r\n',
)

export const nearTargets: fc.Arbitrary<string> = fc
  .tuple(
    method,
    target,
    version,
    fc.oneof(fc.constant('a'), host),
    lines,
    content,
    fc.constantFrom('', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
  )
  .map(([verb, to, protocol, named, others, body, after]) =>
    [`${verb} ${to} ${protocol}`, `host: ${named}`, ...others, '', body + after].join('\r\n'),
  )
