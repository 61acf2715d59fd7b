import type { BadRequest } from './requests.refused.ts'

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

export const requestLines: readonly BadRequest[] = [
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

export const targets: readonly BadRequest[] = [
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
  targetRefused('a port alone in the absolute-form', 'http://:80/', 'RFC 9110 4.2.1'),
  targetRefused('user information', 'http://u@a/', 'RFC 9110 4.2.4'),
  targetRefused('a port too high in the absolute-form', 'http://a:65536/', 'RFC 3986 3.2.3'),
  targetRefused('a fragment in the absolute-form', 'http://a/#b', '3.2.2'),
  lineRefused('CONNECT with a path', 'CONNECT / HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT without a port', 'CONNECT b.example HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT with an empty port', 'CONNECT b.example: HTTP/1.1', '3.2.3'),
  lineRefused('CONNECT with an absolute-form', 'CONNECT http://a:1/ HTTP/1.1', '3.2.3'),
]
