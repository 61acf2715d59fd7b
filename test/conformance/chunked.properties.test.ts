// Made-up inputs: the decoder against a plain reference, against the encoder, and against anything at all.
import { collect, data, fields, isData } from '@sluice/body'
import { chunkedDecoder, decodeChunked, encodeChunked } from '@sluice/chunked-input'
import { pipe } from '@sluice/filter'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record } from '../support/bodies/record.ts'
import { watched } from '../support/bodies/sources.ts'
import { holds, runsFor } from '../support/holds.ts'
import { cutAt } from '../support/parsing/cuts.ts'
import { decodePieces, latin1 } from '../support/parsing/decode-pieces.ts'
import { referenceChunked } from '../support/parsing/reference-chunked.ts'
import type { AnyFrame, Trailers } from '@sluice/body'

const places = fc.array(fc.nat(300), { maxLength: 12 })
const bytes = fc.uint8Array({ minLength: 1, maxLength: 3000 })

const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '')
const blank = fc.constantFrom('', '', '', ' ', '\t', ' \t')
const word = fc.constantFrom('a', 'b1', '"q;\\"="', '"', '""', 'é', '')
const extension = fc
  .tuple(
    blank,
    fc.constantFrom(';', ';', ';;'),
    blank,
    word,
    blank,
    fc.constantFrom('=', '', ''),
    word,
  )
  .map((parts) => parts.join(''))
const size = fc.constantFrom(
  '0',
  '00',
  '2',
  '2',
  '02',
  'A',
  'g',
  '',
  '-2',
  '0x2',
  '1fffffffffffff',
  '20000000000000',
  '00000000000000002',
)
const chunk = fc
  .tuple(
    size,
    fc.array(extension, { maxLength: 2 }),
    blank,
    lineEnd,
    fc.constantFrom('hi', 'hi', '0123456789', ''),
    lineEnd,
  )
  .map(([digits, extensions, ...rest]) => [digits, ...extensions, ...rest].join(''))
const field = fc
  .tuple(
    fc.constantFrom('A', 'x-y', 'Host', 'te', ' a', 'b ', '', 'é'),
    fc.constantFrom(':', ':', ': ', ''),
    fc.constantFrom('v', '', 'v\tw ', '\0', 'é'),
    lineEnd,
  )
  .map((parts) => parts.join(''))
const end = fc
  .tuple(
    fc.constantFrom('0\r\n', '0\r\n', '0;a\r\n', ''),
    fc.array(field, { maxLength: 2 }),
    lineEnd,
    fc.constantFrom('', '', 'GET', '\n'),
  )
  .map(([last, lines, ...rest]) => [last, ...lines, ...rest].join(''))

/** Codings that are nearly right, and some that are. */
const nearlyCoded = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), end)
  .map(([chunks, last]) => chunks.join('') + last)

const good = fc
  .array(fc.constantFrom('2\r\nhi\r\n', 'a;x="y"\r\n0123456789\r\n', '1 ; a = b\r\n\n\r\n'), {
    maxLength: 4,
  })
  .map((chunks) => `${chunks.join('')}0\r\nA: b\r\n\r\n`)

/** A good coding with one character changed, taken out or put in. */
const mutated = fc
  .tuple(
    good,
    fc.nat(80),
    fc.nat(1),
    fc.constantFrom('', '\r', '\n', ' ', ';', '=', '"', '\\', '0', 'g', ':', '\0', '\xff'),
  )
  .map(([text, at, taken, put]) => text.slice(0, at) + put + text.slice(at + taken))

const properties = suite('the chunked coding: made-up inputs')

/** Reads made-up codings at made-up cuts, and sees to it that every outcome was reached, unless asked for fewer inputs. */
const check = (given: fc.Arbitrary<string>, usualRuns: number) => {
  const reached = new Set<string>()
  holds(
    fc.property(given, places, (coded, cut) => {
      const wanted = referenceChunked(coded)
      reached.add(wanted.end)
      const input = latin1(coded)
      assert.equal(decodePieces([input]), wanted)
      assert.equal(decodePieces(cutAt(input, cut)), wanted)
    }),
    usualRuns,
  )
  if (runsFor(usualRuns) < usualRuns) return
  for (const outcome of ['done', 'open', 'CHUNK_INVALID', 'TRAILERS_INVALID'])
    assert.ok(reached.has(outcome), `${outcome} was never reached`)
}

properties('nearly right codings are read as the reference reads them, at any cut', () => {
  check(nearlyCoded, 4000)
})

properties('right codings with a character changed are read as the reference reads them', () => {
  check(mutated, 4000)
})

properties('what was encoded is decoded to the same, at any cut', async () => {
  await holds(
    fc.asyncProperty(
      fc.array(bytes, { maxLength: 8 }),
      fc.boolean(),
      places,
      async (parts, withTrailers, cut) => {
        const trailers: Trailers = {
          kind: 'trailers',
          fields: fields({ 'x-n': String(parts.length) }),
        }
        const frames = [...parts.map(data), ...(withTrailers ? [trailers] : [])]
        const coded = await record(encodeChunked()(watched<AnyFrame>(frames).body))
        const pieces = cutAt(coded.bytes, cut).map(data)
        const decoded = await collect(pipe(watched(pieces).body, decodeChunked()))
        assert.equal(Buffer.from(decoded.bytes), Buffer.concat(parts))
        assert.is(decoded.trailers.get('x-n'), withTrailers ? String(parts.length) : undefined)
      },
    ),
    300,
  )
})

properties(
  'any bytes at all: no throw, no more data than came, and nothing after a failure',
  () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.constantFrom(48, 49, 97, 13, 10, 59, 61, 34, 92, 32, 58), { maxLength: 400 })
        .map((codes) => Uint8Array.from(codes)),
    )
    holds(
      fc.property(fc.array(anything, { maxLength: 6 }), (pieces) => {
        const decoder = chunkedDecoder()
        for (const piece of pieces) {
          const { failure, done } = decoder
          const frames = decoder.decode(piece)
          let given = decoder.rest?.length ?? 0
          for (const frame of frames) if (isData(frame)) given += frame.bytes.length
          assert.ok(given <= piece.length)
          if (failure === undefined && !done) continue
          assert.equal(frames, [])
          assert.is(decoder.failure, failure)
        }
        assert.is(decoder.end() === undefined, decoder.done)
      }),
      4000,
    )
  },
)

properties.run()
