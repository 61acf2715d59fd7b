// Every filter that our packages export, and what it is allowed to do: the table of test/laws/laws.test.ts.
import { inWorker, lagWarning } from '@sluice/blocking'
import { concat, toBody } from '@sluice/body'
import { traits, withTraits } from '@sluice/body/engine'
import {
  chunkedInput,
  chunkHead,
  decodeChunked,
  encodeChunked,
  lastChunk,
} from '@sluice/chunked-input'
import { compress, decompress, decompressInput } from '@sluice/compress'
import {
  chain,
  dropFlush,
  dropTrailers,
  limitBytes,
  mapBytes,
  mapText,
  pipe,
  tap,
  through,
} from '@sluice/filter'
import { autoFlush, proxyHints, throttleFlush } from '@sluice/flush'
import { heartbeat } from '@sluice/pause'
import { encodeEvents } from '@sluice/sse'
import {
  answerErrors,
  filterRequest,
  filterResponse,
  input,
  mapResponse,
  output,
} from '@sluice/stack'
import { bufferedInput, bufferedOutput, coalesce, share, spool } from '@sluice/write-buffering'
import { tempFile } from '@sluice/write-buffering/spool'
import { program } from '../blocking/program.ts'
import { codings } from '../bodies/codings.ts'
import { decodePieces, latin1 } from '../parsing/decode-pieces.ts'
import { later, ofRequest, ofResponse } from './filter-of.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { LawOptions } from '@sluice/laws'
import type { PassingMiddleware } from '@sluice/stack'
import type { SpoolOptions } from '@sluice/write-buffering'
import type { AnyFilter } from './filter-of.ts'

export interface FilterOfOurs {
  /** `package: export`, and which of several rows. */
  readonly name: string
  readonly make: () => AnyFilter
  readonly options?: LawOptions
}

const never = Number.POSITIVE_INFINITY
const flip = mapBytes((bytes) => bytes.map((byte) => byte ^ 1))

/** In the chunked coding, in chunks of up to seven bytes. */
const chunked = (bytes: Uint8Array): Uint8Array => {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 7) {
    const part = bytes.subarray(at, at + 7)
    parts.push(latin1(chunkHead(part.length)), part, latin1('\r\n'))
  }
  return concat([...parts, latin1(lastChunk())])
}

const several = [
  flip,
  coalesce({ minBytes: 4 }),
  flip,
  mapText((text) => text.toLowerCase()),
] as const
const severalFilters = chain(...several)

const body: readonly FilterOfOurs[] = [{ name: 'body: toBody', make: () => toBody }]

const filters: readonly FilterOfOurs[] = [
  { name: 'filter: mapBytes', make: () => flip },
  {
    name: 'filter: mapText',
    make: () => mapText((text) => text.toUpperCase()),
    options: { maxHeldOverFlushBytes: 3 },
  },
  {
    name: 'filter: limitBytes',
    make: () => limitBytes({ maxBytes: 100_000 }),
    options: { maxBodyBytes: 100_000 },
  },
  {
    name: 'filter: limitBytes, over its bound',
    make: () => limitBytes({ maxBytes: 6 }),
    options: { mayFail: true },
  },
  { name: 'filter: tap', make: () => tap(() => ({})) },
  { name: 'filter: dropFlush', make: () => dropFlush, options: { drops: ['flush'] } },
  { name: 'filter: dropTrailers', make: () => dropTrailers, options: { drops: ['trailers'] } },
  {
    name: 'filter: through',
    make: () =>
      through(
        () =>
          new TransformStream<Uint8Array, Uint8Array>({
            transform: (bytes, output) => output.enqueue(bytes),
          }),
      ),
  },
  {
    name: 'filter: chain, of filters that keep bytes',
    make: () => chain(limitBytes({ maxBytes: 100_000 }), coalesce({ minBytes: 4 })),
    options: { maxBodyBytes: 100_000, maxHeldBytes: 3 },
  },
  {
    name: 'filter: pipe, of several',
    make: () =>
      withTraits(traits(severalFilters), (given: Body<AnyFrame>) => pipe(given, ...several)),
    // What is no character leaves as U+FFFD: three bytes for each that is held, and three for what came of one.
    options: { maxHeldBytes: 12, maxHeldOverFlushBytes: 3 },
  },
]

const flush: readonly FilterOfOurs[] = [
  { name: 'flush: autoFlush', make: () => autoFlush(), options: { adds: ['flush'] } },
  {
    name: 'flush: autoFlush, by bytes',
    make: () => autoFlush({ idleMs: never, maxBytes: 3 }),
    options: { adds: ['flush'] },
  },
  { name: 'flush: throttleFlush, of no time', make: () => throttleFlush({ everyMs: 0 }) },
  {
    name: 'flush: throttleFlush',
    make: () => throttleFlush({ everyMs: 60_000 }),
    options: { delaysFlush: true },
  },
  { name: 'flush: proxyHints', make: () => ofResponse(proxyHints()) },
]

const pause: readonly FilterOfOurs[] = [
  { name: 'pause: heartbeat', make: () => heartbeat({ everyMs: 60_000, bytes: ':' }) },
]

const chunkedRows: readonly FilterOfOurs[] = [
  {
    name: 'chunked-input: decodeChunked',
    make: () => decodeChunked(),
    // Trailers outside the coding are an error.
    options: { inputs: chunked, refuses: ['trailers'] },
  },
  {
    name: 'chunked-input: decodeChunked, with extensions and trailers',
    make: () => decodeChunked(),
    options: {
      inputs: [
        latin1('3\r\nabc\r\n2;a="b"\r\nde\r\n0\r\n\r\n'),
        latin1('1\r\na\r\n0\r\nb: c\r\n\r\n'),
      ],
      refuses: ['trailers'],
      adds: ['trailers'],
    },
  },
  {
    name: 'chunked-input: decodeChunked, of anything',
    make: () => decodeChunked(),
    options: { refuses: ['trailers'], adds: ['trailers'], mayFail: true },
  },
  {
    name: 'chunked-input: encodeChunked',
    make: () => encodeChunked(),
    // They become bytes.
    options: {
      drops: ['trailers'],
      decode: (bytes) => latin1(decodePieces([bytes]).data),
      showsCuts: true,
    },
  },
  {
    name: 'chunked-input: decodeChunked after encodeChunked',
    make: () => withTraits({ bytes: 'kept' }, chain(encodeChunked(), decodeChunked())),
  },
  {
    name: 'chunked-input: chunkedInput',
    make: () => ofRequest(chunkedInput(), { headers: { 'transfer-encoding': 'chunked' } }),
    options: { inputs: chunked, refuses: ['trailers'] },
  },
]

/** What they hold before a block is compressed; a flush makes it a little longer. */
const maxCodedBytes = 65_536 + 64

const compressRows: readonly FilterOfOurs[] = codings.flatMap(
  ({ coding, filter, encode, decodeBeginning }): readonly FilterOfOurs[] => {
    const compressed = { 'accept-encoding': coding }
    const coded = { maxHeldBytes: maxCodedBytes, decode: decodeBeginning, runs: 12 }
    const decoded = { inputs: encode, runs: 12 }
    return [
      { name: `compress: ${coding === 'br' ? 'brotli' : coding}`, make: filter, options: coded },
      {
        name: `compress: compress, ${coding}`,
        make: () =>
          ofResponse(
            compress({ minBytes: 0, maxDelayMs: never, codings: [coding] }),
            { headers: { 'content-type': 'text/plain' } },
            { headers: compressed },
          ),
        options: coded,
      },
      { name: `compress: decompress, ${coding}`, make: () => decompress(coding), options: decoded },
      {
        name: `compress: decompress, ${coding}, of anything`,
        make: () => decompress(coding),
        options: { mayFail: true, runs: 12 },
      },
      {
        name: `compress: decompressInput, ${coding}`,
        make: () => ofRequest(decompressInput(), { headers: { 'content-encoding': coding } }),
        options: decoded,
      },
      {
        name: `compress: decompress after ${coding}`,
        make: () => withTraits({ bytes: 'kept' }, chain(filter(), decompress(coding))),
        options: { maxHeldBytes: maxCodedBytes, runs: 12 },
      },
    ]
  },
)

const bothWays: PassingMiddleware = (next) => (request) => {
  const answer = next(filterRequest(request, flip))
  return mapResponse(answer, (response) => filterResponse(response, flip))
}

const stackRows: readonly FilterOfOurs[] = [
  { name: 'stack: answerErrors', make: () => ofResponse(answerErrors()) },
  { name: 'stack: input', make: () => ofRequest(input(flip)) },
  { name: 'stack: output', make: () => ofResponse(output(flip)) },
  { name: 'stack: filterRequest', make: () => ofRequest(bothWays) },
  { name: 'stack: filterResponse', make: () => ofResponse(bothWays) },
]

/** What reads a body to its end before any of it leaves: it waits for pauses itself, and flushes leave late. */
const wholeFirst: LawOptions = { maxHeldBytes: never, drops: ['pause'], delaysFlush: true }

const spooling = (options: SpoolOptions = {}): AnyFilter =>
  withTraits(traits(spool(options)), (given: Body<AnyFrame>) => {
    const gone = new AbortController()
    return later(async () => (await spool(options)(given, gone.signal)).body, given, gone)
  })

const sharedTraits = traits(share(toBody([])).reader)

const writeBuffering: readonly FilterOfOurs[] = [
  {
    name: 'write-buffering: coalesce',
    make: () => coalesce({ minBytes: 4 }),
    options: { maxHeldBytes: 3 },
  },
  {
    name: 'write-buffering: coalesce, until there is nothing at once',
    make: () => coalesce({ minBytes: 4, maxDelayMs: 0 }),
    options: { maxHeldBytes: 3 },
  },
  {
    name: 'write-buffering: share',
    make: () => withTraits(sharedTraits, (given: Body<AnyFrame>) => share(given).reader()),
  },
  { name: 'write-buffering: spool', make: () => spooling(), options: wholeFirst },
  {
    name: 'write-buffering: spool, by a file',
    make: () => spooling({ maxMemoryBytes: 2, spill: tempFile() }),
    options: { ...wholeFirst, runs: 10 },
  },
  {
    name: 'write-buffering: bufferedOutput',
    make: () => ofResponse(bufferedOutput()),
    options: wholeFirst,
  },
  {
    name: 'write-buffering: bufferedInput',
    make: () => ofRequest(bufferedInput()),
    options: wholeFirst,
  },
]

const sse: readonly FilterOfOurs[] = [
  {
    name: 'sse: encodeEvents',
    make: () => (given) => encodeEvents(given, { heartbeatMs: never, errorEvent: () => undefined }),
    options: { adds: ['flush'] },
  },
]

const workerFilter = (exportName: string, values?: unknown): AnyFilter =>
  inWorker(program('filters'), {
    exportName,
    values,
    traits: { holds: 'bounded' },
    readAheadBytes: 0,
  })

/** A frame costs a turn of two threads. */
const acrossThreads: LawOptions = { runs: 5 }

const blocking: readonly FilterOfOurs[] = [
  {
    name: 'blocking: lagWarning',
    make: () => ofResponse(lagWarning({ maxLagMs: 60_000 })),
  },
  {
    name: 'blocking: lagWarning, that follows callbacks',
    make: () => ofResponse(lagWarning({ maxLagMs: 60_000, callbacks: 'always' })),
  },
  {
    name: 'blocking: inWorker',
    make: () =>
      inWorker(program('filters'), {
        traits: { bytes: 'kept', holds: 'nothing', reentrant: true },
        readAheadBytes: 0,
      }),
    options: acrossThreads,
  },
  {
    name: 'blocking: inWorker, that reads ahead',
    make: () => inWorker(program('filters'), { exportName: 'upper', traits: { holds: 'bounded' } }),
    // And a frame.
    options: { ...acrossThreads, maxHeldBytes: 131_072 + 65_536 },
  },
  {
    name: 'blocking: inWorker, that holds bytes',
    make: () => workerFilter('coalesce', { minBytes: 4 }),
    options: { ...acrossThreads, maxHeldBytes: 3 },
  },
  {
    name: 'blocking: inWorker, that makes many pieces',
    make: () => workerFilter('doubled'),
    options: acrossThreads,
  },
  {
    name: 'blocking: inWorker, that throws',
    make: () => workerFilter('throws'),
    options: { ...acrossThreads, mayFail: true },
  },
]

export const filtersOfOurs: readonly FilterOfOurs[] = [
  ...body,
  ...filters,
  ...flush,
  ...pause,
  ...chunkedRows,
  ...compressRows,
  ...stackRows,
  ...writeBuffering,
  ...sse,
  ...blocking,
]
