// @seconds 240
// @slow 9
// What a client can leave unfinished: the heap that is held for it is bounded by what it has sent.
import { requestParser } from '@sluice/server/http1'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { get, post } from '../support/server/serving.ts'
import type { RequestParser } from '@sluice/server/http1'

const start = 'GET / HTTP/1.1\r\nhost: a\r\n'
const chunked = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
const long = (bytes: number, text = 'ab-c') => text.repeat(bytes / text.length)

interface Stop {
  readonly name: string
  readonly sent: string
  /** Whether somebody takes content; by default it is taken and let go. */
  readonly unread?: true
}

const stops: readonly Stop[] = [
  { name: 'nothing', sent: '' },
  { name: 'in an empty line', sent: '\r\n\r' },
  { name: 'in a method', sent: 'GE' },
  { name: 'in a long method', sent: long(16_000) },
  { name: 'behind the method', sent: 'GET ' },
  { name: 'in a target', sent: 'GET /' },
  { name: 'in a long target', sent: `GET /${long(8000)}` },
  { name: 'in a target of UTF-8', sent: `GET /${long(8000, '\xc3\xa4')}` },
  { name: 'in the version', sent: 'GET / HTTP/1.' },
  { name: 'before the end of the request line', sent: 'GET / HTTP/1.1\r' },
  { name: 'behind the request line', sent: 'GET / HTTP/1.1\r\n' },
  { name: 'in the name of a field', sent: `${start}x` },
  { name: 'in the long name of a field', sent: start + long(16_000) },
  { name: 'behind the name of a field', sent: `${start}x:` },
  { name: 'in a long value', sent: `${start}x: ${long(16_000)}` },
  { name: 'in blanks before a value', sent: `${start}x:${long(16_000, '\t ')}` },
  { name: 'before the end of a field line', sent: `${start}x: y\r` },
  ...['transfer-encoding', 'content-length', 'connection', 'expect', 'upgrade', 'cookie'].map(
    (name) => ({ name: `in a long ${name}`, sent: `${start}${name}: ${long(16_000, 'a, b')}` }),
  ),
  { name: 'in a long host', sent: `GET / HTTP/1.1\r\nhost: ${long(16_000)}` },
  ...['x', 'transfer-encoding', 'content-length', 'connection', 'expect', 'upgrade'].map(
    (name) => ({ name: `behind 99 lines of ${name}`, sent: start + `${name}:1\r\n`.repeat(99) }),
  ),
  { name: 'behind 99 lines of 150 bytes', sent: start + `${long(76)}: ${long(68)}\r\n`.repeat(99) },
  { name: 'before the end of the head', sent: `${start}\r` },
  { name: 'in content of a length', sent: post('/', long(16_000)).slice(0, -1) },
  {
    name: 'in content of a length that nobody takes',
    sent: post('/', long(16_000)).slice(0, -1),
    unread: true,
  },
  { name: 'before a chunk-size', sent: chunked },
  { name: 'in a chunk-size', sent: `${chunked}${long(30, '0')}1` },
  { name: 'in an extension', sent: `${chunked}1;${long(4000)}` },
  { name: 'in a quoted extension', sent: `${chunked}1;a="${long(4000)}` },
  { name: 'in blanks of an extension', sent: `${chunked}1${long(4000, '\t ')}` },
  { name: 'before the end of a chunk-size', sent: `${chunked}1\r` },
  { name: 'in the data of a chunk', sent: `${chunked}ffffff\r\n${long(16_000)}` },
  { name: 'behind the data of a chunk', sent: `${chunked}1\r\na` },
  { name: 'behind a thousand chunks of a byte', sent: chunked + '1\r\na\r\n'.repeat(1000) },
  {
    name: 'behind a thousand chunks of a byte that nobody takes',
    sent: chunked + '1\r\na\r\n'.repeat(1000),
    unread: true,
  },
  { name: 'in the name of a trailer', sent: `${chunked}0\r\nx` },
  { name: 'in the long name of a trailer', sent: `${chunked}0\r\n${long(16_000)}` },
  { name: 'behind the name of a trailer', sent: `${chunked}0\r\nx:` },
  { name: 'in the long value of a trailer', sent: `${chunked}0\r\nx: ${long(16_000)}` },
  {
    name: 'in the long value of a trailer that is dropped',
    sent: `${chunked}0\r\nte: ${long(16_000)}`,
  },
  { name: 'before the end of a trailer line', sent: `${chunked}0\r\nx: y\r` },
  { name: 'behind 99 trailers', sent: `${chunked}0\r\n${'x:1\r\n'.repeat(99)}` },
  { name: 'behind 99 trailers of names of their own', sent: chunked + manyTrailers(99) },
  {
    name: 'behind long trailers',
    sent: `${chunked}0\r\n${`${long(8)}: ${long(1560)}\r\n`.repeat(10)}`,
  },
  { name: 'before the end of the trailers', sent: `${chunked}0\r\nx: y\r\n\r` },
  { name: 'behind a request', sent: get(), unread: true },
  { name: 'in the head behind a request', sent: get() + start, unread: true },
  { name: 'behind many requests', sent: get().repeat(500), unread: true },
]

function manyTrailers(count: number): string {
  return `0\r\n${Array.from({ length: count }, (_, i) => `x-a-name-of-its-own-${i}: ${i}\r\n`).join('')}`
}

/** Places of cuts: all at once, so many bytes a packet. */
const packets = [Number.POSITIVE_INFINITY, 10, 1]

/** Memory is given back a moment after it was collected. */
const heap = (): number => {
  for (let i = 0; i < 2; i++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** A parser that was sent these bytes in packets with memory of their own, as a connection's have. */
const parserAt = ({ sent, unread }: Stop, bytesEach: number): RequestParser => {
  const parser = requestParser()
  const bytes = latin1(sent)
  const places = Array.from(
    { length: Math.floor(bytes.length / bytesEach) },
    (_, i) => i * bytesEach,
  )
  for (const piece of cutAt(bytes, places)) {
    parser.receive(Buffer.from(piece))
    // What an exchange has begun, and nobody reads, stays where it is.
    while (!(unread && parser.state === 'content') && parser.next() !== undefined);
  }
  return parser
}

const parsers = 25

/** Bytes a parser, for each size of packets. */
const measure = (stop: Stop): readonly number[] => {
  const held: RequestParser[][] = []
  let before = heap()
  return packets.map((bytesEach) => {
    held.push(Array.from({ length: parsers }, () => parserAt(stop, bytesEach)))
    const after = heap()
    const bytes = (after - before) / parsers
    before = after
    return Math.round(bytes)
  })
}

const unfinished = suite('unfinished requests')

for (const stop of stops)
  unfinished(
    `a client that stops ${stop.name} is held in 8 KiB and three times what it sent, in packets of any size`,
    () => {
      const most = 8192 + 3 * stop.sent.length
      let found = measure(stop)
      // More than once if it is too much: code is compiled and tables grow meanwhile.
      for (let again = 0; again < 3 && Math.max(...found) > most; again++) {
        const other = measure(stop)
        found = found.map((bytes, i) => Math.min(bytes, other[i] ?? bytes))
      }
      assert.ok(Math.max(...found) <= most, `${found.join(', ')} bytes, at most ${most}`)
    },
  )

unfinished.run()
