import { chunkHead } from '@sluice/chunked-input'
import type { ChunkedDecoderOptions } from '@sluice/chunked-input'

export interface LimitCase {
  readonly name: string
  readonly options?: ChunkedDecoderOptions
  readonly coded: string
  /** Where it is refused: its code; `done` by default. */
  readonly wanted?: string
}

const end = '0\r\n\r\n'
const chunk = (bytes: string) => `${chunkHead(bytes.length)}${bytes}\r\n`
const lineOf = (length: number) => `1;${'x'.repeat(length - 2)}\r\na\r\n${end}`
const trailersOf = (length: number) => `0\r\nA:${'x'.repeat(length - 4)}\r\n\r\n`
const fieldsOf = (count: number) => `0\r\n${'A: b\r\n'.repeat(count)}\r\n`
// A chunk of one byte with a line of 116 bytes: 116 + 4 - 16 - 2 = 102 bytes of excess.
const excessOf = (chunks: number) => `${`1;${'x'.repeat(114)}\r\na\r\n`.repeat(chunks)}${end}`
// A chunk of 200 bytes with an extension of 64 bytes: the data excuses it, by Go's rule.
const extendedOf = (chunks: number) =>
  `${`c8;${'x'.repeat(63)}\r\n${'a'.repeat(200)}\r\n`.repeat(chunks)}${end}`
// A size of 32 digits, of a chunk of 20 bytes.
const paddedOf = (chunks: number) =>
  `${`${'14'.padStart(32, '0')}\r\n${'a'.repeat(20)}\r\n`.repeat(chunks)}${end}`
const anyExtensions = { maxExtensionBytes: Number.POSITIVE_INFINITY }

export const limitCases: readonly LimitCase[] = [
  { name: 'a line of 4095 bytes', coded: lineOf(4095) },
  { name: 'a line of 4096 bytes', coded: lineOf(4096) },
  { name: 'a line of 4097 bytes', coded: lineOf(4097), wanted: 'CHUNK_LINE_TOO_LONG' },
  { name: 'a line of 5 bytes, 5 allowed', options: { maxLineBytes: 5 }, coded: lineOf(5) },
  {
    name: 'a line of 6 bytes, 5 allowed',
    options: { maxLineBytes: 5 },
    coded: lineOf(6),
    wanted: 'CHUNK_LINE_TOO_LONG',
  },
  { name: 'one digit, 1 allowed', options: { maxLineBytes: 1 }, coded: chunk('a') + end },
  {
    name: 'two digits, 1 allowed',
    options: { maxLineBytes: 1 },
    coded: `01\r\na\r\n${end}`,
    wanted: 'CHUNK_LINE_TOO_LONG',
  },
  { name: 'trailers of 16384 bytes', coded: trailersOf(16_384) },
  { name: 'trailers of 16385 bytes', coded: trailersOf(16_385), wanted: 'TRAILERS_TOO_LARGE' },
  {
    name: 'trailers of 9 bytes, 10 allowed',
    options: { maxTrailerBytes: 10 },
    coded: trailersOf(9),
  },
  {
    name: 'trailers of 10 bytes, 10 allowed',
    options: { maxTrailerBytes: 10 },
    coded: trailersOf(10),
  },
  {
    name: 'trailers of 11 bytes, 10 allowed',
    options: { maxTrailerBytes: 10 },
    coded: trailersOf(11),
    wanted: 'TRAILERS_TOO_LARGE',
  },
  { name: 'no trailers, 0 bytes allowed', options: { maxTrailerBytes: 0 }, coded: end },
  { name: '99 trailer fields', coded: fieldsOf(99) },
  { name: '100 trailer fields', coded: fieldsOf(100) },
  { name: '101 trailer fields', coded: fieldsOf(101), wanted: 'TRAILERS_TOO_LARGE' },
  { name: 'no trailers, 0 fields allowed', options: { maxTrailerFields: 0 }, coded: end },
  {
    name: '1 trailer field, 0 allowed',
    options: { maxTrailerFields: 0 },
    coded: fieldsOf(1),
    wanted: 'TRAILERS_TOO_LARGE',
  },
  {
    name: '203 bytes of excess, 204 allowed',
    options: { maxOverheadBytes: 204 },
    coded: `1;${'x'.repeat(113)}\r\na\r\n${excessOf(1)}`,
  },
  {
    name: '204 bytes of excess, 204 allowed',
    options: { maxOverheadBytes: 204 },
    coded: excessOf(2),
  },
  {
    name: '204 bytes of excess, 203 allowed',
    options: { maxOverheadBytes: 203 },
    coded: excessOf(2),
    wanted: 'CHUNK_OVERHEAD',
  },
  { name: '160 chunks, 16320 bytes of excess', options: anyExtensions, coded: excessOf(160) },
  {
    name: '161 chunks, 16422 bytes of excess',
    options: anyExtensions,
    coded: excessOf(161),
    wanted: 'CHUNK_OVERHEAD',
  },
  { name: '256 extensions, of 16384 bytes together', coded: extendedOf(256) },
  {
    name: '257 extensions, of 16448 bytes together',
    coded: extendedOf(257),
    wanted: 'CHUNK_OVERHEAD',
  },
  {
    name: '64 bytes of extensions, 64 allowed',
    options: { maxExtensionBytes: 64 },
    coded: extendedOf(1),
  },
  {
    name: '64 bytes of extensions, 63 allowed',
    options: { maxExtensionBytes: 63 },
    coded: extendedOf(1),
    wanted: 'CHUNK_OVERHEAD',
  },
  {
    name: 'no extension, none allowed',
    options: { maxExtensionBytes: 0 },
    coded: chunk('a') + end,
  },
  { name: '3000 sizes of 32 digits', options: { maxExtensionBytes: 0 }, coded: paddedOf(3000) },
  {
    name: 'one large chunk makes up for the excess before it',
    options: anyExtensions,
    coded: `${excessOf(160).slice(0, -end.length)}${chunk('a'.repeat(8192))}${excessOf(160)}`,
  },
  { name: 'a byte a chunk, 20000 times', coded: `${chunk('a').repeat(20_000)}${end}` },
  {
    name: 'a byte a chunk, no excess allowed',
    options: { maxOverheadBytes: 0 },
    coded: `${chunk('a').repeat(50)}${end}`,
  },
]
