import type { RequestLimits } from '@sluice/server/http1'

export interface LimitRequest {
  readonly name: string
  readonly limits?: Partial<RequestLimits>
  readonly sent: string
  /** Where it is refused: its code; `idle`, after a whole request, by default. */
  readonly wanted?: string
  /** The status on the wire, under the limits that a server has by default. */
  readonly status?: number
  /** The content of the request, where it matters. */
  readonly data?: string
}

const start = 'GET / HTTP/1.1\r\nhost: a\r\n'
const get = (target: string) => `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`
const targetOf = (bytes: number) => get(`/${'x'.repeat(bytes - 1)}`)
const headOf = (bytes: number) => `${start}x: ${'y'.repeat(bytes - start.length - 7)}\r\n\r\n`
/** A head of so many bytes of which no line is long. */
const linesOf = (bytes: number) => {
  const whole = Math.floor((bytes - start.length - 20) / 8)
  const lines = start + 'abc: d\r\n'.repeat(whole)
  return `${lines}x: ${'y'.repeat(bytes - lines.length - 7)}\r\n\r\n`
}
const fieldsOf = (count: number) => `${start}${'x: y\r\n'.repeat(count - 1)}\r\n`
const chunked = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'

export const limitRequests: readonly LimitRequest[] = [
  { name: 'a target of 8191 bytes', sent: targetOf(8191) },
  { name: 'a target of 8192 bytes', sent: targetOf(8192), status: 200 },
  { name: 'a target of 8193 bytes', sent: targetOf(8193), wanted: 'TARGET_TOO_LONG', status: 414 },
  {
    name: 'a target of 9000 bytes that does not end',
    sent: `GET /${'x'.repeat(9000)}`,
    wanted: 'TARGET_TOO_LONG',
  },
  {
    name: 'a target that is too long for the head as well',
    sent: targetOf(20_000),
    wanted: 'TARGET_TOO_LONG',
  },
  { name: 'a target of 5 bytes, 5 allowed', limits: { maxTargetBytes: 5 }, sent: targetOf(5) },
  {
    name: 'a target of 6 bytes, 5 allowed',
    limits: { maxTargetBytes: 5 },
    sent: targetOf(6),
    wanted: 'TARGET_TOO_LONG',
  },
  {
    name: 'a target of 8192 bytes after a method of 64',
    sent: targetOf(8192).replace('GET', 'M'.repeat(64)),
  },
  {
    name: 'a 101st field line that is malformed',
    sent: `${fieldsOf(100).slice(0, -2)} y\r\n\r\n`,
    wanted: 'TOO_MANY_FIELDS',
  },
  { name: 'a head of 16383 bytes', sent: headOf(16_383) },
  { name: 'a head of 16384 bytes', sent: headOf(16_384), status: 200 },
  { name: 'a head of 16385 bytes', sent: headOf(16_385), wanted: 'HEAD_TOO_LARGE', status: 431 },
  { name: 'a head of 100 bytes, 100 allowed', limits: { maxHeadBytes: 100 }, sent: headOf(100) },
  {
    name: 'a head of 101 bytes, 100 allowed',
    limits: { maxHeadBytes: 100 },
    sent: headOf(101),
    wanted: 'HEAD_TOO_LARGE',
  },
  {
    name: 'a head of 102 bytes, 100 allowed',
    limits: { maxHeadBytes: 100 },
    sent: headOf(102),
    wanted: 'HEAD_TOO_LARGE',
  },
  {
    name: 'a head of short lines, of 200 bytes, 200 allowed',
    limits: { maxHeadBytes: 200 },
    sent: linesOf(200),
  },
  {
    name: 'a head of short lines, of 201 bytes, 200 allowed',
    limits: { maxHeadBytes: 200 },
    sent: linesOf(201),
    wanted: 'HEAD_TOO_LARGE',
  },
  {
    name: 'a head of 100 bytes, 100 allowed, and its content',
    limits: { maxHeadBytes: 100 },
    sent: `${headOf(79).slice(0, -2)}content-length: 5\r\n\r\nhello`,
  },
  { name: '99 field lines', sent: fieldsOf(99) },
  { name: '100 field lines', sent: fieldsOf(100), status: 200 },
  { name: '101 field lines', sent: fieldsOf(101), wanted: 'TOO_MANY_FIELDS', status: 431 },
  { name: 'one field line, one allowed', limits: { maxFields: 1 }, sent: fieldsOf(1) },
  {
    name: 'two field lines, one allowed',
    limits: { maxFields: 1 },
    sent: fieldsOf(2),
    wanted: 'TOO_MANY_FIELDS',
  },
  {
    name: 'no empty line, none allowed',
    limits: { maxEmptyLines: 0 },
    sent: fieldsOf(1),
  },
  {
    name: 'one empty line, none allowed',
    limits: { maxEmptyLines: 0 },
    sent: `\r\n${fieldsOf(1)}`,
    wanted: 'REQUEST_LINE_INVALID',
  },
  {
    name: 'empty lines without end',
    sent: '\r\n'.repeat(40),
    wanted: 'REQUEST_LINE_INVALID',
  },
  {
    name: 'a chunk-size line of 5 bytes, 5 allowed',
    limits: { maxChunkLineBytes: 5 },
    sent: `${chunked}2;abc\r\nhi\r\n0\r\n\r\n`,
  },
  {
    name: 'a chunk-size line of 6 bytes, 5 allowed',
    limits: { maxChunkLineBytes: 5 },
    sent: `${chunked}2;abcd\r\nhi\r\n0\r\n\r\n`,
    wanted: 'CHUNK_LINE_TOO_LONG',
  },
  {
    name: 'a chunk-size line of 4097 bytes',
    sent: `${chunked}2;${'a'.repeat(4095)}\r\nhi\r\n0\r\n\r\n`,
    wanted: 'CHUNK_LINE_TOO_LONG',
    status: 400,
  },
  {
    name: 'extensions that exceed their data',
    limits: { maxChunkOverheadBytes: 100 },
    sent: `${chunked}${`1;${'x'.repeat(50)}\r\na\r\n`.repeat(4)}0\r\n\r\n`,
    wanted: 'CHUNK_OVERHEAD',
  },
  {
    name: 'extensions on 300 chunks of a byte',
    sent: `${chunked}${`1;${'a'.repeat(90)}\r\nx\r\n`.repeat(300)}`,
    wanted: 'CHUNK_OVERHEAD',
    status: 413,
  },
  {
    name: 'a byte a chunk, 20,000 times',
    sent: `${chunked}${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`,
    status: 200,
    data: 'x'.repeat(20_000),
  },
  {
    name: 'extensions of 8 bytes together, 8 allowed',
    limits: { maxChunkExtensionBytes: 8 },
    sent: `${chunked}2;abc\r\nhi\r\n2;abc\r\nhi\r\n0\r\n\r\n`,
  },
  {
    name: 'extensions of 9 bytes together, 8 allowed',
    limits: { maxChunkExtensionBytes: 8 },
    sent: `${chunked}2;abc\r\nhi\r\n2;abcd\r\nhi\r\n0\r\n\r\n`,
    wanted: 'CHUNK_OVERHEAD',
  },
  {
    name: 'a trailer section of 6 bytes, 6 allowed',
    limits: { maxTrailerBytes: 6 },
    sent: `${chunked}0\r\nx: y\r\n\r\n`,
  },
  {
    name: 'a trailer section of 7 bytes, 6 allowed',
    limits: { maxTrailerBytes: 6 },
    sent: `${chunked}0\r\nx: yz\r\n\r\n`,
    wanted: 'TRAILERS_TOO_LARGE',
  },
  {
    name: 'two trailer fields, one allowed',
    limits: { maxTrailerFields: 1 },
    sent: `${chunked}0\r\nx: y\r\nx: y\r\n\r\n`,
    wanted: 'TRAILERS_TOO_LARGE',
  },
  {
    name: 'a trailer section of 16389 bytes',
    sent: `${chunked}0\r\nx: ${'y'.repeat(16_384)}\r\n\r\n`,
    wanted: 'TRAILERS_TOO_LARGE',
    status: 431,
  },
  {
    name: '101 trailer fields',
    sent: `${chunked}0\r\n${'x: y\r\n'.repeat(101)}\r\n`,
    wanted: 'TRAILERS_TOO_LARGE',
    status: 431,
  },
]
