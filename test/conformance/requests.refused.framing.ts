import { refusedCodings } from './codings.ts'
import type { CodingCase } from './codings.ts'
import type { BadRequest } from './requests.refused.ts'

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

/** What a server refuses of Transfer-Encoding, as `chunkedInput` does. */
const codingRefused = ({ name, lines, code, status }: CodingCase): BadRequest => ({
  ...framingRefused(
    `Transfer-Encoding: ${name}`,
    '6.1',
    lines.map((line) => `transfer-encoding: ${line}`),
  ),
  code,
  status,
})

export const framings: readonly BadRequest[] = [
  length('nothing', ''),
  length('a plus sign', '+2'),
  length('a minus sign', '-2'),
  length('minus nought', '-0'),
  length('a fraction', '2.0'),
  length('an exponent', '2e0'),
  length('hexadecimal', '0x2'),
  length('an underline', '2_0'),
  length('a space inside', '2 0'),
  length('a list', '2, 2'),
  length('a list without spaces', '2,2'),
  length('a semicolon', '2;'),
  length('a comma', '2,'),
  length('a quotation', '"2"'),
  length('a superscript two', '\xb2'),
  length('a non-breaking space', '2\xa0'),
  length('a non-breaking space before it', '\xa02'),
  length('a word that number parsers take', 'NaN'),
  length('2^53', '9007199254740992'),
  length('a number that is 2 in 64 bits', '18446744073709551618'),
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
  framingRefused('a length of 0 and an empty coding', '6.3', [
    'content-length: 0',
    'transfer-encoding:',
  ]),
  framingRefused('a coding in HTTP/1.0', '6.1', ['transfer-encoding: chunked'], '1.0'),
  ...refusedCodings.map(codingRefused),
]

export const expectations: readonly BadRequest[] = [
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
