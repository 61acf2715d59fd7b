import fc from 'fast-check'
import {
  anyBytes,
  anyValue,
  authority,
  bare,
  blank,
  inAnyCase,
  madeTarget,
  otherName,
  sizeLine,
} from './made-grammar.ts'
import type { ReadRequest } from './feed-parser.ts'
import type { MadeTarget } from './made-grammar.ts'

/** A request as it is written, in Latin-1, and what is to be read of it. */
export interface MadeRequest {
  readonly wire: string
  readonly wanted: ReadRequest
}

/** A field line without its line end, and the field. */
interface MadeLine {
  readonly line: string
  readonly field: readonly [string, string]
}

const lineOf = (name: string, value: string): fc.Arbitrary<MadeLine> =>
  fc.tuple(inAnyCase(name), blank, blank).map(([cased, before, after]) => ({
    line: `${cased}:${before}${value}${after}`,
    field: [name.toLowerCase(), bare(value)],
  }))

const otherLine = fc.tuple(otherName, anyValue).chain(([name, value]) => lineOf(name, value))

interface MadeContent {
  readonly lines: readonly MadeLine[]
  readonly wire: string
  readonly wanted: Pick<ReadRequest, 'framing' | 'data' | 'trailers'>
}

const none: fc.Arbitrary<MadeContent> = fc.constant({
  lines: [],
  wire: '',
  wanted: { framing: 'none', data: '', trailers: [] },
})

const ofLength: fc.Arbitrary<MadeContent> = fc
  .tuple(anyBytes(0, 40), fc.nat(2))
  .chain(([data, zeros]) =>
    lineOf('content-length', '0'.repeat(zeros) + data.length).map((line) => ({
      lines: [line],
      wire: data,
      wanted: { framing: 'length', data, trailers: [] },
    })),
  )

const chunk = anyBytes(1, 20).chain((data) =>
  sizeLine(data.length).map((line) => ({ data, wire: `${line}\r\n${data}\r\n` })),
)

const chunked: fc.Arbitrary<MadeContent> = fc
  .tuple(
    fc.array(chunk, { maxLength: 4 }),
    sizeLine(0),
    fc.array(otherLine, { maxLength: 3 }),
    inAnyCase('chunked').chain((coding) => lineOf('transfer-encoding', coding)),
  )
  .map(([chunks, last, trailers, line]) => ({
    lines: [line],
    wire: [
      ...chunks.map(({ wire }) => wire),
      `${last}\r\n`,
      ...trailers.map((trailer) => `${trailer.line}\r\n`),
      '\r\n',
    ].join(''),
    wanted: {
      framing: 'chunked',
      data: chunks.map(({ data }) => data).join(''),
      trailers: trailers.map(({ field }) => field),
    },
  }))

/** RFC 9110 7.6.1: what Connection says, on one line or two. */
interface MadeConnection {
  readonly lines: readonly MadeLine[]
  readonly options: readonly string[]
}

const connectionOptions = ['close', 'keep-alive', 'te', 'upgrade', 'closed']
const connectionLine = fc
  .array(fc.tuple(fc.constantFrom(...connectionOptions), blank, blank), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((members) =>
    fc
      .tuple(
        ...members.map(([option, before, after]) =>
          inAnyCase(option).map((cased) => before + cased + after),
        ),
      )
      .chain((cased) => lineOf('connection', cased.join(',')))
      .map((line) => ({ line, options: members.map(([option]) => option) })),
  )

const connection: fc.Arbitrary<MadeConnection> = fc
  .array(connectionLine, { maxLength: 2 })
  .map((lines) => ({
    lines: lines.map(({ line }) => line),
    options: lines.flatMap(({ options }) => options),
  }))

const staysOpen = (version: string, options: readonly string[]) =>
  !options.includes('close') && (version === '1.1' || options.includes('keep-alive'))

const expectation = fc
  .option(inAnyCase('100-continue').chain((value) => lineOf('expect', value)))
  .map((line) => (line === null ? [] : [line]))
const upgrade = fc.option(lineOf('upgrade', 'echo/1')).map((line) => (line === null ? [] : [line]))

const empties = fc.constantFrom('', '', '', '\r\n', '\r\n\r\n')

const written = (
  version: '1.0' | '1.1',
  { method, target, authority: named }: MadeTarget,
  content: MadeContent,
): fc.Arbitrary<MadeRequest> =>
  fc
    .tuple(
      empties,
      version === '1.1'
        ? authority.chain((host) => lineOf('host', host)).map((line) => [line])
        : fc.constant([]),
      connection,
      expectation,
      upgrade,
      fc.array(otherLine, { maxLength: 4 }),
    )
    .chain(([before, host, options, expects, upgrades, others]) => {
      const lines = [
        ...host,
        ...content.lines,
        ...options.lines,
        ...expects,
        ...upgrades,
        ...others,
      ]
      return fc.shuffledSubarray(lines, { minLength: lines.length }).map((shuffled) => ({
        wire: [
          `${before}${method} ${target} HTTP/${version}\r\n`,
          ...shuffled.map(({ line }) => `${line}\r\n`),
          `\r\n${content.wire}`,
        ].join(''),
        wanted: {
          method,
          target,
          version,
          fields: shuffled.map(({ field: [name, value] }): readonly [string, string] =>
            name === 'host' && named !== undefined ? [name, named] : [name, value],
          ),
          ...content.wanted,
          keepAlive: staysOpen(version, options.options),
          expectsContinue:
            version === '1.1' &&
            expects.length > 0 &&
            content.wanted.framing !== 'none' &&
            !(content.wanted.framing === 'length' && content.wanted.data === ''),
          upgrade:
            version === '1.1' && upgrades.length > 0 && options.options.includes('upgrade')
              ? 'echo/1'
              : undefined,
          whole: true,
        },
      }))
    })

/** A request that is right, of either version and any framing. */
export const madeRequest: fc.Arbitrary<MadeRequest> = fc
  .tuple(fc.constantFrom('1.1', '1.1', '1.1', '1.0'), madeTarget)
  .chain(([version, target]) =>
    version === '1.1'
      ? fc.oneof(none, ofLength, chunked).chain((content) => written('1.1', target, content))
      : fc.oneof(none, ofLength).chain((content) => written('1.0', target, content)),
  )

/** Requests one after another on a connection. */
export const madeRequests: fc.Arbitrary<readonly MadeRequest[]> = fc.array(madeRequest, {
  minLength: 1,
  maxLength: 4,
})
