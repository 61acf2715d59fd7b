/** A body in the chunked coding that is accepted. Bytes are written as Latin-1. */
export interface GoodCase {
  readonly name: string
  /** Of RFC 9112, where no other is named. */
  readonly section: string
  readonly coded: string
  /** Bytes after the end. */
  readonly rest?: string
  readonly data: string
  readonly trailers?: readonly (readonly [string, string])[]
}

const end = '0\r\n\r\n'
const hi = (line: string) => `${line}\r\nhi\r\n${end}`

const dropped = [
  'Connection',
  'Keep-Alive',
  'Upgrade',
  'TE',
  'Trailer',
  'Content-Type',
  'Content-Encoding',
  'Content-Range',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Cookie',
  'Set-Cookie',
  'Expect',
  'Max-Forwards',
  'Cache-Control',
  'Range',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
]

export const goodCases: readonly GoodCase[] = [
  { name: 'no chunk', section: '7.1', coded: end, data: '' },
  { name: 'one chunk', section: '7.1', coded: `3\r\nabc\r\n${end}`, data: 'abc' },
  {
    name: 'three chunks',
    section: '7.1',
    coded: `1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n${end}`,
    data: 'abcdef',
  },
  {
    name: 'a digit in lower case',
    section: '7.1',
    coded: `b\r\nhello world\r\n${end}`,
    data: 'hello world',
  },
  {
    name: 'a digit in upper case',
    section: '7.1',
    coded: `B\r\nhello world\r\n${end}`,
    data: 'hello world',
  },
  {
    name: 'two digits, a letter in each',
    section: '7.1',
    coded: `aB\r\n${'-'.repeat(171)}\r\n${end}`,
    data: '-'.repeat(171),
  },
  { name: 'leading zeros', section: '7.1', coded: hi('0002'), data: 'hi' },
  { name: '16 digits', section: '7.1', coded: hi('0000000000000002'), data: 'hi' },
  {
    name: '32 digits, zeros before the last',
    section: '7.1',
    coded: hi(`${'0'.repeat(31)}2`),
    data: 'hi',
  },
  { name: 'several zeros for the last chunk', section: '7.1', coded: '000\r\n\r\n', data: '' },
  { name: 'CR LF as data', section: '7.1', coded: `4\r\n\r\n\r\n\r\n${end}`, data: '\r\n\r\n' },
  {
    name: 'the last chunk as data',
    section: '7.1',
    coded: `5\r\n0\r\n\r\n\r\n${end}`,
    data: '0\r\n\r\n',
  },
  {
    name: 'every byte as data',
    section: '7.1',
    coded: `4\r\n\x00\x7f\x80\xff\r\n${end}`,
    data: '\x00\x7f\x80\xff',
  },
  {
    name: 'the next request after the end',
    section: '9.3.2',
    coded: hi('2'),
    rest: 'GET / HTTP/1.1\r\n',
    data: 'hi',
  },
  {
    name: 'an empty line after the end',
    section: '9.3.2',
    coded: hi('2'),
    rest: '\r\n',
    data: 'hi',
  },
  {
    name: 'malformed bytes after the end, not looked at',
    section: '9.3.2',
    coded: end,
    rest: '\n\x00zz',
    data: '',
  },
  { name: 'an extension', section: '7.1.1', coded: hi('2;signed'), data: 'hi' },
  { name: 'an extension with a value', section: '7.1.1', coded: hi('2;sum=9f'), data: 'hi' },
  { name: 'several extensions', section: '7.1.1', coded: hi('2;a;b=c;d'), data: 'hi' },
  { name: 'an extension of the last chunk', section: '7.1.1', coded: '0;last\r\n\r\n', data: '' },
  { name: 'an extension of digits', section: '7.1.1', coded: hi('2;99=11'), data: 'hi' },
  {
    name: 'every kind of token character',
    section: '7.1.1',
    coded: hi("2;!#$%&'*+-.^_`|~aZ09=~|`_^.-+*'&%$#!"),
    data: 'hi',
  },
  { name: 'a quoted value', section: '7.1.1', coded: hi('2;note="some words"'), data: 'hi' },
  { name: 'an empty quoted value', section: '7.1.1', coded: hi('2;note=""'), data: 'hi' },
  {
    name: 'separators in a quoted value',
    section: '7.1.1',
    coded: hi('2;note="a;b=c,d\t\xe9"'),
    data: 'hi',
  },
  {
    name: 'quoted pairs',
    section: '7.1.1',
    coded: hi('2;note="\\"\\\\\\a\\ \\;\\=\\\xe9";x'),
    data: 'hi',
  },
  {
    name: 'spaces and tabs around ";" and "="',
    section: '7.1.1',
    coded: hi('2 \t; \ta\t =\t b ; c'),
    data: 'hi',
  },
  {
    name: 'spaces after a quoted value, before ";"',
    section: '7.1.1',
    coded: hi('2;a="b" ;c'),
    data: 'hi',
  },
  {
    name: 'a trailer field',
    section: '7.1.2',
    coded: '0\r\nX-Sum: 9f\r\n\r\n',
    data: '',
    trailers: [['x-sum', '9f']],
  },
  {
    name: 'trailer fields in order, one name twice',
    section: '7.1.2',
    coded: '2\r\nhi\r\n0\r\nB: 1\r\nA: 2\r\nb: 3\r\n\r\n',
    rest: 'A: 4\r\n\r\n',
    data: 'hi',
    trailers: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ],
  },
  {
    name: 'a trailer field without a value',
    section: '5',
    coded: '0\r\nA:\r\nB: \t\r\n\r\n',
    data: '',
    trailers: [
      ['a', ''],
      ['b', ''],
    ],
  },
  {
    name: 'blanks around and in a value',
    section: '5',
    coded: '0\r\nA: \t b \t c\t \r\n\r\n',
    data: '',
    trailers: [['a', 'b \t c']],
  },
  {
    name: 'no blank before a value',
    section: '5',
    coded: '0\r\nA:b:c\r\n\r\n',
    data: '',
    trailers: [['a', 'b:c']],
  },
  {
    name: 'Latin-1 in a value',
    section: 'RFC 9110 5.5',
    coded: '0\r\nA: \xa0\xe9\xff\r\n\r\n',
    data: '',
    trailers: [['a', '\xa0\xe9\xff']],
  },
  {
    name: 'names that are properties of objects',
    section: '5',
    coded: '0\r\n__proto__: a\r\nconstructor: b\r\ntoString: c\r\n\r\n',
    data: '',
    trailers: [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['tostring', 'c'],
    ],
  },
  {
    name: 'fields that must not be trailers, which are dropped',
    section: 'RFC 9110 6.5.1',
    coded: `0\r\n${dropped.map((name) => `${name}: x\r\n`).join('')}A: b\r\n\r\n`,
    data: '',
    trailers: [['a', 'b']],
  },
  {
    name: 'a request line as a value',
    section: '7.1.2',
    coded: '0\r\nX:GET / HTTP/1.1\r\n\r\n',
    data: '',
    trailers: [['x', 'GET / HTTP/1.1']],
  },
]
