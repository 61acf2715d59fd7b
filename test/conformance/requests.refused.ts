/** Bytes that are refused. What stands before them is a good request, or part of one. Written as Latin-1. */
export interface BadRequest {
  readonly name: string
  /** Of RFC 9112, where no other is named. */
  readonly section: string
  readonly sent: string
  readonly code: string
  readonly status: number
  /** How many requests are read before it is refused: one whose content is malformed has begun. */
  readonly begun?: number
}

const lineRefused = (name: string, line: string, section = '3'): BadRequest => ({
  name,
  section,
  sent: `${line}\r\nhost: a\r\n\r\n`,
  code: 'REQUEST_LINE_INVALID',
  status: 400,
})

const targetRefused = (name: string, target: string, section = '3.2'): BadRequest =>
  lineRefused(name, `GET ${target} HTTP/1.1`, section)

const versionRefused = (name: string, version: string): BadRequest => ({
  name,
  section: 'RFC 9110 15.6.6',
  sent: `GET / ${version}\r\nhost: a\r\n\r\n`,
  code: 'VERSION_UNSUPPORTED',
  status: 505,
})

const fieldRefused = (name: string, line: string, section = '5'): BadRequest => ({
  name,
  section,
  sent: `GET / HTTP/1.1\r\nhost: a\r\n${line}\r\n\r\n`,
  code: 'FIELD_INVALID',
  status: 400,
})

const hostRefused = (name: string, ...lines: readonly string[]): BadRequest => ({
  name,
  section: '3.2',
  sent: `GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
  code: 'HOST_INVALID',
  status: 400,
})

const framingRefused = (
  name: string,
  section: string,
  lines: readonly string[],
  version = '1.1',
): BadRequest => ({
  name,
  section,
  sent: `POST / HTTP/${version}\r\nhost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n0\r\n\r\n`,
  code: 'FRAMING_INVALID',
  status: 400,
})

const length = (name: string, value: string): BadRequest =>
  framingRefused(`Content-Length: ${name}`, 'RFC 9110 8.6', [`content-length: ${value}`])

const coding = (name: string, ...values: readonly string[]): BadRequest =>
  framingRefused(
    `Transfer-Encoding: ${name}`,
    '6.1',
    values.map((value) => `transfer-encoding: ${value}`),
  )

const codingUnknown = (name: string, ...values: readonly string[]): BadRequest => ({
  ...coding(name, ...values),
  code: 'CODING_UNKNOWN',
  status: 501,
})

const chunked = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
const contentRefused = (name: string, content: string, code = 'CHUNK_INVALID'): BadRequest => ({
  name,
  section: '7.1',
  sent: chunked + content,
  code,
  status: 400,
  begun: 1,
})

const requestLines: readonly BadRequest[] = [
  lineRefused('a space before the method', ' GET / HTTP/1.1'),
  lineRefused('no method', '/ HTTP/1.1'),
  lineRefused('two spaces after the method', 'GET  / HTTP/1.1'),
  lineRefused('a tab after the method', 'GET\t/ HTTP/1.1'),
  lineRefused('two spaces after the target', 'GET /  HTTP/1.1'),
  lineRefused('a space after the version', 'GET / HTTP/1.1 '),
  lineRefused('no version', 'GET /'),
  lineRefused('a space in the target', 'GET /a b HTTP/1.1'),
  lineRefused('a method that is no token', 'G(T / HTTP/1.1', 'RFC 9110 5.6.2'),
  lineRefused('a method with a byte above 127', 'G\xcaT / HTTP/1.1', 'RFC 9110 5.6.2'),
  lineRefused('a method with a NUL', 'G\0T / HTTP/1.1', 'RFC 9110 5.6.2'),
  lineRefused('the name of another protocol', 'GET / RTSP/1.1', '2.3'),
  lineRefused('the name of the protocol in lower case', 'GET / http/1.1', '2.3'),
  lineRefused('a version of two digits', 'GET / HTTP/1.10', '2.3'),
  lineRefused('a version with a zero before it', 'GET / HTTP/01.1', '2.3'),
  lineRefused('a version with a comma', 'GET / HTTP/1,1', '2.3'),
  lineRefused('a version without its minor', 'GET / HTTP/1', '2.3'),
  lineRefused('the hello of TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'),
  versionRefused('HTTP/2.0', 'HTTP/2.0'),
  versionRefused('HTTP/0.9', 'HTTP/0.9'),
  versionRefused('HTTP/3.1', 'HTTP/3.1'),
  {
    name: 'the preface of HTTP/2',
    section: 'RFC 9113 3.4',
    sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    code: 'VERSION_UNSUPPORTED',
    status: 505,
  },
  {
    name: 'three empty lines before a request',
    section: '2.2',
    sent: '\r\n\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n',
    code: 'REQUEST_LINE_INVALID',
    status: 400,
  },
]

const targets: readonly BadRequest[] = [
  targetRefused('a path without its slash', 'a'),
  targetRefused('a fragment', '/a#b', '3.2.1'),
  targetRefused('a fragment in a query', '/?a#b', '3.2.1'),
  targetRefused('a byte above 127 that is no UTF-8', '/\xe4', 'RFC 3986 2'),
  targetRefused('UTF-8 that stops in the middle', '/\xc3', 'RFC 3629 4'),
  targetRefused('UTF-8 that stops in the middle of a query', '/?\xe2\x82&a', 'RFC 3629 4'),
  targetRefused('UTF-8 that begins in the middle', '/\xa4', 'RFC 3629 4'),
  targetRefused('a slash in two bytes of UTF-8', '/a\xc0\xaf', 'RFC 3629 3'),
  targetRefused('a slash in three bytes of UTF-8', '/a\xe0\x80\xaf', 'RFC 3629 3'),
  targetRefused('a slash in four bytes of UTF-8', '/a\xf0\x80\x80\xaf', 'RFC 3629 3'),
  targetRefused('a surrogate in UTF-8', '/\xed\xa0\x80', 'RFC 3629 3'),
  targetRefused('UTF-8 above U+10FFFF', '/\xf4\x90\x80\x80', 'RFC 3629 3'),
  targetRefused('UTF-8 of five bytes', '/\xf8\x88\x80\x80\x80', 'RFC 3629 3'),
  targetRefused('a byte above 127 in the host of an absolute-form', 'http://\xc3\xa4/', '3.2.2'),
  targetRefused('a NUL', '/a\0', 'RFC 3986 2'),
  targetRefused('a DEL', '/a\x7f', 'RFC 3986 2'),
  targetRefused('a tab', '/a\tb', 'RFC 3986 2'),
  targetRefused('a quotation mark', '/"', 'RFC 3986 2'),
  targetRefused('an angle bracket', '/<', 'RFC 3986 2'),
  targetRefused('a backslash in the path', '/a\\b', 'RFC 3986 3.3'),
  targetRefused('the asterisk-form with GET', '*', '3.2.4'),
  targetRefused('the authority-form with GET', 'b.example:443', '3.2.3'),
  targetRefused('another scheme', 'ftp://a/', '3.2.2'),
  targetRefused('no host in the absolute-form', 'http:///b', 'RFC 9110 4.2.1'),
  targetRefused('user information', 'http://u@a/', 'RFC 9110 4.2.4'),
  targetRefused('a port too high in the absolute-form', 'http://a:65536/', 'RFC 3986 3.2.3'),
  targetRefused('a fragment in the absolute-form', 'http://a/#b', '3.2.2'),
  lineRefused('CONNECT with a path', 'CONNECT / HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT without a port', 'CONNECT b.example HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT with an empty port', 'CONNECT b.example: HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT with an absolute-form', 'CONNECT http://a:1/ HTTP/1.1', '3.2.3'),
]

const fieldLines: readonly BadRequest[] = [
  fieldRefused('a space before the colon', 'x : v', '5.1'),
  fieldRefused('a tab before the colon', 'x\t: v', '5.1'),
  fieldRefused('no colon', 'x'),
  fieldRefused('no name', ': v'),
  fieldRefused('a space inside the name', 'a b: v'),
  fieldRefused('a name with a byte above 127', 'x\xe9: v'),
  fieldRefused('a name with a NUL', 'x\0: v'),
  fieldRefused('a name with a separator', 'x(y): v', 'RFC 9110 5.6.2'),
  fieldRefused('a folded line', 'x: a\r\n b', '5.2'),
  fieldRefused('a line folded with a tab', 'x: a\r\n\tb', '5.2'),
  fieldRefused('a folded line of blanks', 'x: a\r\n \r\ny: b', '5.2'),
  fieldRefused('a NUL in the value', 'x: a\0b', 'RFC 9110 5.5'),
  fieldRefused('a CR in the value', 'x: a\rb', '2.2'),
  fieldRefused('two CRs before the LF', 'x: a\r', '2.2'),
  fieldRefused('a control character in the value', 'x: a\x0bb', 'RFC 9110 5.5'),
  fieldRefused('a DEL in the value', 'x: a\x7f', 'RFC 9110 5.5'),
  fieldRefused('a CR in the name', 'x\ry: v', '2.2'),
  {
    ...fieldRefused('', ''),
    name: 'a LF alone after a field line',
    section: '2.2',
    sent: 'GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n',
  },
  {
    ...fieldRefused('', ''),
    name: 'a LF alone after the request line',
    section: '2.2',
    sent: 'GET / HTTP/1.1\nhost: a\r\n\r\n',
  },
  {
    ...fieldRefused('', ''),
    name: 'a LF alone at the end of the head',
    section: '2.2',
    sent: 'GET / HTTP/1.1\r\nhost: a\r\n\n',
  },
  {
    ...fieldRefused('', ''),
    name: 'a LF alone before the request line',
    section: '2.2',
    sent: '\nGET / HTTP/1.1\r\nhost: a\r\n\r\n',
  },
  {
    ...fieldRefused('', ''),
    name: 'blanks between request line and fields',
    section: '2.2',
    sent: 'GET / HTTP/1.1\r\n host: a\r\n\r\n',
  },
  {
    ...fieldRefused('', ''),
    name: 'something else between CR and LF at the end',
    section: '2.2',
    sent: 'GET / HTTP/1.1\r\nhost: a\r\n\rx\n',
  },
]

const hosts: readonly BadRequest[] = [
  hostRefused('no Host'),
  hostRefused('two of Host', 'host: a', 'host: b'),
  hostRefused('two of Host that are the same', 'host: a', 'Host: a'),
  hostRefused('a list in Host', 'host: a, b'),
  hostRefused('a path in Host', 'host: a/b'),
  hostRefused('user information in Host', 'host: u@a'),
  hostRefused('a scheme in Host', 'host: http://a'),
  hostRefused('a space in Host', 'host: a b'),
  hostRefused('a byte above 127 in Host', 'host: \xe4'),
  hostRefused('a port alone in Host', 'host: :80'),
  hostRefused('a port that is no number', 'host: a:8o'),
  hostRefused('a port with a sign', 'host: a:+80'),
  hostRefused('a port too high', 'host: a:65536'),
  hostRefused('two ports', 'host: a:80:80'),
  hostRefused('an address without its last bracket', 'host: [::1'),
  hostRefused('an address with two elisions', 'host: [1::2::3]'),
  hostRefused('an address of nine groups', 'host: [1:2:3:4:5:6:7:8:9]'),
  hostRefused('an address of seven groups', 'host: [1:2:3:4:5:6:7]'),
  hostRefused('a group of five digits', 'host: [12345::]'),
  hostRefused('an empty label', 'host: a..b'),
  {
    ...hostRefused('two of Host in HTTP/1.0'),
    sent: 'GET / HTTP/1.0\r\nhost: a\r\nhost: a\r\n\r\n',
  },
  {
    ...hostRefused('the absolute-form without Host'),
    sent: 'GET http://a/ HTTP/1.1\r\n\r\n',
  },
]

const framings: readonly BadRequest[] = [
  length('nothing', ''),
  length('a plus sign', '+2'),
  length('a minus sign', '-2'),
  length('a fraction', '2.0'),
  length('an exponent', '2e0'),
  length('hexadecimal', '0x2'),
  length('an underline', '2_0'),
  length('a space inside', '2 0'),
  length('a list', '2, 2'),
  length('a comma', '2,'),
  length('a quotation', '"2"'),
  length('a superscript two', '\xb2'),
  length('a non-breaking space', '2\xa0'),
  length('2^53', '9007199254740992'),
  length('21 digits', '9'.repeat(21)),
  framingRefused('two of Content-Length', '6.3', ['content-length: 2', 'content-length: 3']),
  framingRefused('two of Content-Length that are the same', '6.3', [
    'content-length: 2',
    'content-length: 2',
  ]),
  framingRefused('a length and a coding', '6.3', [
    'content-length: 5',
    'transfer-encoding: chunked',
  ]),
  framingRefused('a coding and a length', '6.3', [
    'transfer-encoding: chunked',
    'content-length: 5',
  ]),
  framingRefused('a coding in HTTP/1.0', '6.1', ['transfer-encoding: chunked'], '1.0'),
  coding('nothing', ''),
  coding('chunked twice', 'chunked, chunked'),
  coding('chunked on two lines', 'chunked', 'chunked'),
  coding('chunked not last', 'chunked, gzip'),
  coding('chunked not last, on two lines', 'chunked', 'identity'),
  coding('identity', 'identity'),
  coding('gzip alone', 'gzip'),
  coding('a quotation', '"chunked"'),
  coding('a parameter', 'chunked;a=b'),
  coding('a vertical tab before it would be a control character', 'x\xa0chunked'),
  coding('a non-breaking space', 'chunked\xa0'),
  coding('a comma after it', 'chunked,'),
  coding('a comma before it', ', chunked'),
  coding('a longer word', 'chunkedd'),
  codingUnknown('gzip before chunked', 'gzip, chunked'),
  codingUnknown('gzip before chunked, on two lines', 'gzip', 'chunked'),
  codingUnknown('gzip with a parameter before chunked', 'gzip;q=1, chunked'),
  coding('what is no token before chunked', 'x y, chunked'),
  coding('chunked with a parameter, and again', 'chunked;a=b, chunked'),
  {
    name: 'another expectation beside 100-continue',
    section: 'RFC 9110 10.1.1',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue, tea\r\ncontent-length: 0\r\n\r\n',
    code: 'EXPECTATION_FAILED',
    status: 417,
  },
  {
    name: 'another expectation',
    section: 'RFC 9110 10.1.1',
    sent: 'POST / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\ncontent-length: 0\r\n\r\n',
    code: 'EXPECTATION_FAILED',
    status: 417,
  },
]

const contents: readonly BadRequest[] = [
  contentRefused('a chunk-size that is none', 'x\r\n'),
  contentRefused('a chunk-size that is empty', '\r\n'),
  contentRefused('a chunk-size with a prefix', '0x2\r\nhi\r\n'),
  contentRefused('a LF alone after a chunk-size', '2\nhi\r\n0\r\n\r\n'),
  contentRefused('a LF alone in an extension', '2;a\nhi\r\n0\r\n\r\n'),
  contentRefused('a chunk that is longer than its size', '2\r\nhi!\r\n'),
  contentRefused('a LF alone after data', '2\r\nhi\n0\r\n\r\n'),
  contentRefused(
    'a trailer section with a line folded',
    '0\r\nx: a\r\n b\r\n\r\n',
    'TRAILERS_INVALID',
  ),
  contentRefused(
    'framing in the trailer section',
    '0\r\ncontent-length: 5\r\n\r\n',
    'TRAILERS_INVALID',
  ),
  contentRefused('a LF alone after the last chunk', '0\n\r\n'),
]

export const badRequests: readonly BadRequest[] = [
  ...requestLines,
  ...targets,
  ...fieldLines,
  ...hosts,
  ...framings,
  ...contents,
]
