/** What a request is to be read as. */
export interface WantedRequest {
  readonly method?: string
  readonly target?: string
  readonly version?: string
  /** All of them, in order; `host: a` by default. */
  readonly fields?: readonly (readonly [string, string])[]
  readonly framing?: string
  readonly data?: string
  readonly trailers?: readonly (readonly [string, string])[]
  readonly keepAlive?: boolean
  readonly expectsContinue?: boolean
  readonly upgrade?: string
}

/** Bytes that are requests, written as Latin-1. */
export interface GoodRequest {
  readonly name: string
  /** Of RFC 9112, where no other is named. */
  readonly section: string
  readonly sent: string
  readonly wanted: readonly WantedRequest[]
}

type Field = readonly [string, string]

const host: Field = ['host', 'a']
const get = (target: string) => `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`
const withLines = (...lines: readonly string[]) =>
  `GET / HTTP/1.1\r\n${['host: a', ...lines].join('\r\n')}\r\n\r\n`

const oneMethod = (name: string, method: string, section = '3.1'): GoodRequest => ({
  name,
  section,
  sent: `${method} / HTTP/1.1\r\nhost: a\r\n\r\n`,
  wanted: [{ method }],
})

const oneTarget = (name: string, target: string, section = '3.2.1'): GoodRequest => ({
  name,
  section,
  sent: get(target),
  wanted: [{ target }],
})

const oneHost = (name: string, value: string, section = 'RFC 9110 7.2'): GoodRequest => ({
  name,
  section,
  sent: `GET / HTTP/1.1\r\nhost: ${value}\r\n\r\n`,
  wanted: [{ fields: [['host', value]] }],
})

const oneField = (name: string, line: string, field: Field, section = '5'): GoodRequest => ({
  name,
  section,
  sent: withLines(line),
  wanted: [{ fields: [host, field] }],
})

const stays = (name: string, version: string, lines: string, keepAlive: boolean): GoodRequest => ({
  name,
  section: '9.3',
  sent: `GET / HTTP/${version}\r\nhost: a\r\n${lines}\r\n`,
  wanted: [{ version, keepAlive, fields: [host, ...fieldsOf(lines)] }],
})

const chunkedHead = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
const chunkedWith = (trailers: readonly Field[]): WantedRequest => ({
  method: 'POST',
  fields: [host, ['transfer-encoding', 'chunked']],
  framing: 'chunked',
  trailers,
})

const expects = (name: string, sent: string, expectsContinue: boolean, data = ''): GoodRequest => {
  const [first = '', ...lines] = sent.slice(0, sent.indexOf('\r\n\r\n') + 2).split('\r\n')
  const [method = '', , version = ''] = first.split(' ')
  const framing = data === '' && !/length/.test(sent) ? 'none' : 'length'
  const wanted = { method, version: version.slice(5), fields: fieldsOf(lines.join('\r\n')) }
  return {
    name,
    section: 'RFC 9110 10.1.1',
    sent,
    wanted: [{ ...wanted, framing, data, expectsContinue }],
  }
}

/** Field lines that are written as they are to be read. */
const fieldsOf = (lines: string): readonly Field[] =>
  lines
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)]
    })

const requestLines: readonly GoodRequest[] = [
  oneMethod('GET', 'GET'),
  oneMethod('a method in lower case is another method', 'get'),
  oneMethod('a method of every character of a token', "!#$%&'*+-.^_`|~09azAZ", 'RFC 9110 5.6.2'),
  oneMethod('a method that nobody knows', 'BREW'),
  oneMethod('a method of 64 characters', 'M'.repeat(64)),
  {
    name: 'HTTP/1.0',
    section: '2.3',
    sent: 'GET / HTTP/1.0\r\n\r\n',
    wanted: [{ version: '1.0', fields: [] }],
  },
  ...['HTTP/1.2', 'HTTP/1.9'].map(
    (version): GoodRequest => ({
      name: `${version}, read as the highest that is known`,
      section: 'RFC 9110 2.5',
      sent: `GET / ${version}\r\nhost: a\r\n\r\n`,
      wanted: [{}],
    }),
  ),
  { name: 'one empty line before', section: '2.2', sent: `\r\n${get('/')}`, wanted: [{}] },
  { name: 'two empty lines before', section: '2.2', sent: `\r\n\r\n${get('/')}`, wanted: [{}] },
  oneTarget('a path', '/a/b.c'),
  oneTarget('empty segments and dots, as they came', '//a/./../b'),
  oneTarget('empty segments and dots at the end', '/a/../b//c/./'),
  oneTarget('what looks like an authority', '//b/c'),
  oneTarget('a query', '/?a=b&c'),
  oneTarget('an empty query', '/?'),
  oneTarget('a question mark in the query', '/?a?b'),
  oneTarget('percent-encoding, as it came', '/%7Ea%2fb?%00', 'RFC 3986 2.1'),
  oneTarget(
    'dots that are percent-encoded, and a percent sign that encodes nothing',
    '/%2e%2e/%2F%00?%zz',
  ),
  oneTarget('every character of a path', "/azAZ09-._~!$&'()*+,;=:@%41", 'RFC 3986 3.3'),
  oneTarget('every character of a query', "/?azAZ09-._~!$&'()*+,;=:@%41/?", 'RFC 3986 3.4'),
  oneTarget('what browsers leave unencoded in a query', '/?{}|^`[]\\', 'WHATWG URL 1.3'),
  oneTarget('what clients leave unencoded in a path', '/a[0]/{b}/c|d^`', 'WHATWG URL 1.3'),
  oneTarget(
    'what clients leave unencoded in a path and its query',
    '/a|b?{}|^[]\\`',
    'WHATWG URL 1.3',
  ),
  oneTarget('UTF-8 in a path, a character a byte', '/\xc3\xa4/\xe2\x82\xac', 'WHATWG URL 1.3'),
  oneTarget('UTF-8 in a query', '/?\xf0\x9f\x98\x80=\xf4\x8f\xbf\xbf', 'WHATWG URL 1.3'),
  oneTarget(
    'the first and the last of each length of UTF-8',
    '/\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80',
    'RFC 3629 4',
  ),
  {
    name: 'the absolute-form with what clients leave unencoded',
    section: '3.2.2',
    sent: 'GET http://a/[b]/\xc3\xa4?[c] HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ target: 'http://a/[b]/\xc3\xa4?[c]' }],
  },
  {
    name: 'the absolute-form, whose authority stands in the place of Host',
    section: '3.2.2',
    sent: 'GET http://b.example:80/c?d HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ target: 'http://b.example:80/c?d', fields: [['host', 'b.example:80']] }],
  },
  {
    name: 'the absolute-form without a path',
    section: '3.2.2',
    sent: 'GET HTTPS://a HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ target: 'HTTPS://a' }],
  },
  {
    name: 'the absolute-form with a query and no path',
    section: '3.2.2',
    sent: 'GET http://a?b HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ target: 'http://a?b' }],
  },
  {
    name: 'the authority-form',
    section: '3.2.3',
    sent: 'CONNECT b.example:443 HTTP/1.1\r\nhost: b.example:443\r\n\r\n',
    wanted: [{ method: 'CONNECT', target: 'b.example:443', fields: [['host', 'b.example:443']] }],
  },
  {
    name: 'the authority-form of an IPv6 address',
    section: '3.2.3',
    sent: 'CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n\r\n',
    wanted: [{ method: 'CONNECT', target: '[::1]:443', fields: [['host', '[::1]:443']] }],
  },
  {
    name: 'the asterisk-form',
    section: '3.2.4',
    sent: 'OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ method: 'OPTIONS', target: '*' }],
  },
]

const hosts: readonly GoodRequest[] = [
  oneHost('a name', 'www.example.org'),
  oneHost('a name with a port', 'localhost:8080'),
  oneHost('a port that is empty', 'localhost:', 'RFC 3986 3.2.3'),
  oneHost('the highest port', 'a:65535'),
  oneHost('a dot at the end', 'example.org.'),
  oneHost('an underline', 'a_b.example'),
  oneHost('an IPv4 address', '127.0.0.1:80', 'RFC 3986 3.2.2'),
  oneHost('an IPv6 address', '[2001:db8::ff00:42:8329]', 'RFC 3986 3.2.2'),
  oneHost('an IPv6 address in full', '[1:2:3:4:5:6:7:8]:80', 'RFC 3986 3.2.2'),
  oneHost('an IPv6 address that ends as IPv4', '[::ffff:192.0.2.1]', 'RFC 3986 3.2.2'),
  oneHost('an empty value', ''),
  {
    name: 'no Host in HTTP/1.0',
    section: '3.2',
    sent: 'GET / HTTP/1.0\r\nx: y\r\n\r\n',
    wanted: [{ version: '1.0', fields: [['x', 'y']] }],
  },
]

const fieldLines: readonly GoodRequest[] = [
  oneField('a name in any case', 'X-NaMe: v', ['x-name', 'v'], 'RFC 9110 5.1'),
  oneField('no space after the colon', 'x:v', ['x', 'v'], '5.1'),
  oneField('spaces and tabs around the value', 'x: \t v \t ', ['x', 'v'], '5.1'),
  oneField('spaces and tabs inside the value', 'x: a \t b', ['x', 'a \t b'], 'RFC 9110 5.5'),
  oneField('an empty value', 'x:', ['x', ''], 'RFC 9110 5.5'),
  oneField('a value of blanks', 'x: \t ', ['x', ''], 'RFC 9110 5.5'),
  oneField('a colon in the value', 'x: a:b:', ['x', 'a:b:']),
  oneField(
    'every visible character in the value',
    `x: ${visible()}`,
    ['x', visible()],
    'RFC 9110 5.5',
  ),
  oneField(
    'bytes above 127 in the value',
    'x: \x80\xa0\xff',
    ['x', '\x80\xa0\xff'],
    'RFC 9110 5.5',
  ),
  oneField(
    'every character of a token in the name',
    "!#$%&'*+-.^_`|~09aZ: v",
    ["!#$%&'*+-.^_`|~09az", 'v'],
    'RFC 9110 5.6.2',
  ),
  oneField('a name that objects have', '__proto__: v', ['__proto__', 'v']),
  oneField(
    'bytes that JavaScript takes for blanks around the value',
    'x: \t\xa0a\x85 \t',
    ['x', '\xa0a\x85'],
    'RFC 9110 5.5',
  ),
  {
    name: 'a name that repeats keeps its lines in order',
    section: 'RFC 9110 5.3',
    sent: withLines('x: 1', 'y: 2', 'X: 3'),
    wanted: [{ fields: [host, ['x', '1'], ['y', '2'], ['x', '3']] }],
  },
]

const contents: readonly GoodRequest[] = [
  {
    name: 'neither length nor coding: no content, whatever the method',
    section: '6.3',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\n\r\n',
    wanted: [{ method: 'POST', framing: 'none' }],
  },
  {
    name: 'a length',
    section: '6.2',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab\r\nc',
    wanted: [
      {
        method: 'POST',
        fields: [host, ['content-length', '5']],
        framing: 'length',
        data: 'ab\r\nc',
      },
    ],
  },
  {
    name: 'a length of 0',
    section: '6.2',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n',
    wanted: [{ method: 'POST', fields: [host, ['content-length', '0']], framing: 'length' }],
  },
  {
    name: 'a length with zeros before it',
    section: 'RFC 9110 8.6',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0002\r\n\r\nhi',
    wanted: [
      { method: 'POST', fields: [host, ['content-length', '0002']], framing: 'length', data: 'hi' },
    ],
  },
  {
    name: 'a length with blanks around it',
    section: 'RFC 9110 5.5',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length:\t 2 \r\n\r\nhi',
    wanted: [
      { method: 'POST', fields: [host, ['content-length', '2']], framing: 'length', data: 'hi' },
    ],
  },
  {
    name: 'a GET with content, and what comes after it',
    section: 'RFC 9110 9.3.1',
    sent: `GET /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 17\r\n\r\nGET /x HTTP/1.1\r\n${get('/2')}`,
    wanted: [
      {
        target: '/1',
        fields: [host, ['content-length', '17']],
        framing: 'length',
        data: 'GET /x HTTP/1.1\r\n',
      },
      { target: '/2' },
    ],
  },
  {
    name: 'the chunked coding',
    section: '7.1',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;b="c"\r\n0123456789\r\n0\r\n\r\n',
    wanted: [
      {
        method: 'POST',
        fields: [host, ['transfer-encoding', 'chunked']],
        framing: 'chunked',
        data: 'abc0123456789',
      },
    ],
  },
  {
    name: 'the name of the coding in any case',
    section: 'RFC 9112 7',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \tChunKed \r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    wanted: [
      {
        method: 'POST',
        fields: [host, ['transfer-encoding', 'ChunKed']],
        framing: 'chunked',
        data: 'hi',
      },
    ],
  },
  {
    name: 'a trailer section, and another request after it',
    section: '7.1.2',
    sent: `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 9\r\nx: \r\n\r\n${get('/2')}`,
    wanted: [
      {
        method: 'POST',
        fields: [host, ['transfer-encoding', 'chunked']],
        framing: 'chunked',
        data: 'hi',
        trailers: [
          ['x-sum', '9'],
          ['x', ''],
        ],
      },
      { target: '/2' },
    ],
  },
  {
    name: 'a trailer that is written as a request',
    section: '7.1.2',
    sent: `${chunkedHead}0\r\nX:POST /bad HTTP/1.1\r\n\r\n${get('/after')}`,
    wanted: [chunkedWith([['x', 'POST /bad HTTP/1.1']]), { target: '/after' }],
  },
  {
    name: 'trailers of the connection, which are dropped and mean nothing',
    section: 'RFC 9110 6.5.1',
    sent: `${chunkedHead}0\r\nX-Sum: 9\r\nConnection: close\r\nExpect: tea\r\nCookie: a=b\r\n\r\n${get('/2')}`,
    wanted: [chunkedWith([['x-sum', '9']]), { target: '/2' }],
  },
  {
    name: 'three requests in one piece',
    section: '9.3.2',
    sent: get('/1') + get('/2') + get('/3'),
    wanted: [{ target: '/1' }, { target: '/2' }, { target: '/3' }],
  },
  {
    name: 'an empty line between two requests',
    section: '2.2',
    sent: `POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi\r\n${get('/2')}`,
    wanted: [
      {
        method: 'POST',
        target: '/1',
        fields: [host, ['content-length', '2']],
        framing: 'length',
        data: 'hi',
      },
      { target: '/2' },
    ],
  },
]

const persistence: readonly GoodRequest[] = [
  stays('HTTP/1.1 stays open', '1.1', '', true),
  stays('close', '1.1', 'connection: close\r\n', false),
  stays('close in any case', '1.1', 'Connection: CLOSE\r\n', false),
  stays('close in a list', '1.1', 'connection: te , Close,x\r\n', false),
  stays('close on a line of its own', '1.1', 'connection: te\r\nconnection: close\r\n', false),
  stays('close beside keep-alive', '1.1', 'connection: keep-alive, close\r\n', false),
  stays('a longer word is not close', '1.1', 'connection: closed\r\n', true),
  stays('close behind a tab in a list', '1.1', 'connection: te,\tclose\r\n', false),
  stays(
    'a non-breaking space before it is part of the word',
    '1.1',
    'connection: \xa0close\r\n',
    true,
  ),
  stays(
    'a next-line character behind it is part of the word',
    '1.1',
    'connection: close\x85\r\n',
    true,
  ),
  stays('HTTP/1.0 closes', '1.0', '', false),
  stays('HTTP/1.0 with keep-alive stays open', '1.0', 'connection: Keep-Alive\r\n', true),
  stays('as browsers write it', '1.0', 'Connection: keep-alive\r\n', true),
  stays('as proxies write it', '1.0', 'connection: keep-alive\r\n', true),
  stays('as nobody writes it', '1.0', 'cOnnection: keep-Alive\r\n', true),
  stays('another field of that length', '1.0', 'connectios: keep-alive\r\n', false),
  stays('close behind keep-alive', '1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false),
  stays('close before keep-alive', '1.1', 'Connection: close\r\nConnection: keep-alive\r\n', false),
]

const expectations: readonly GoodRequest[] = [
  expects(
    '100-continue in any case',
    'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\nhi',
    true,
    'hi',
  ),
  expects(
    '100-continue twice and empty members',
    'POST / HTTP/1.1\r\nhost: a\r\nexpect: , 100-continue,, 100-continue,\r\ncontent-length: 2\r\n\r\nhi',
    true,
    'hi',
  ),
  expects(
    'an empty list expects nothing',
    'POST / HTTP/1.1\r\nhost: a\r\nexpect: , ,\r\ncontent-length: 2\r\n\r\nhi',
    false,
    'hi',
  ),
  expects(
    '100-continue without content means nothing',
    'GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\r\n',
    false,
  ),
  expects(
    '100-continue with a length of 0 means nothing',
    'GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n',
    false,
  ),
  expects(
    '100-continue in HTTP/1.0 means nothing',
    'POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi',
    false,
    'hi',
  ),
  {
    name: 'Upgrade that Connection names',
    section: 'RFC 9110 7.8',
    sent: withLines('connection: Upgrade', 'upgrade: websocket'),
    wanted: [
      {
        fields: [host, ['connection', 'Upgrade'], ['upgrade', 'websocket']],
        upgrade: 'websocket',
      },
    ],
  },
  {
    name: 'Upgrade that Connection does not name means nothing',
    section: 'RFC 9110 7.8',
    sent: withLines('upgrade: websocket'),
    wanted: [{ fields: [host, ['upgrade', 'websocket']] }],
  },
]

export const goodRequests: readonly GoodRequest[] = [
  ...requestLines,
  ...hosts,
  ...fieldLines,
  ...contents,
  ...persistence,
  ...expectations,
]

function visible(): string {
  return Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('')
}
