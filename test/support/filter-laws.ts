import { data, noFields, pullFrom } from '@sluice/body'
import * as assert from 'uvu/assert'
import { cuts } from './cuts.ts'
import { record } from './record.ts'
import { watched } from './sources.ts'
import { turn, within } from './within.ts'
import type { AnyFrame, Body, Pause, Trailers } from '@sluice/body'
import type { Recording } from './record.ts'

export interface FilterUnderTest {
  /** Makes the filter; called anew for each body. */
  readonly filter: () => (body: Body<AnyFrame>) => Body<AnyFrame>
  /** Bytes that it takes, two or more, at least one byte of which it lets out. Every cut of them is tried: keep it under a hundred. */
  readonly given: Uint8Array
  /** What leaves for them, where it is always the same; else it is what leaves for them uncut. */
  readonly wanted?: Uint8Array
  /** Whether a flush may cut what leaves (a compressor's does): bytes are then compared by `read`, after a flush too. */
  readonly read?: (bytes: Uint8Array) => Uint8Array
  /** Kinds that it drops; none by default. */
  readonly drops?: readonly string[]
  /** Whether it may hold bytes over a flush that it cannot force out, so that marks are compared by order alone. */
  readonly holds?: boolean
}

/** One law as a test: `suite(law.name, law.run)`. */
export interface LawTest {
  readonly name: string
  run(): Promise<void>
}

const bound = 5000
const own: AnyFrame = { kind: 'progress' }
const flush: AnyFrame = { kind: 'flush' }
const pause: Pause = { kind: 'pause', until: Promise.resolve() }

const trailers: Trailers = { kind: 'trailers', fields: noFields }

/** The frame laws as rows, for any filter: every cut, flush in place, kinds in order, leaving early, errors. */
export const filterLaws = (under: FilterUnderTest): readonly LawTest[] => [
  { name: 'the bytes out do not depend on the cuts of the bytes in', run: () => anyCut(under) },
  { name: 'flush, pause, unknown kinds and trailers stay in order', run: () => inOrder(under) },
  { name: 'when a flush leaves, everything before it has left', run: () => flushPlace(under) },
  { name: 'no empty data leaves, and empty data means nothing', run: () => noEmpty(under) },
  { name: 'nothing is pulled before it is asked for', run: () => demand(under) },
  { name: 'leaving early closes the source once, after any frame', run: () => leaving(under) },
  { name: 'an error goes on to the reader and nothing follows it', run: () => failing(under) },
  { name: 'a second reading is refused at the call', run: () => oneReader(under) },
]

const through = (under: FilterUnderTest, frames: readonly AnyFrame[], later: boolean) =>
  within(bound, record(under.filter()(watched(frames, { later }).body)))

const readOf = (under: FilterUnderTest, { bytes, end }: Recording): Uint8Array => {
  assert.is(end, undefined, `it failed: ${String(end?.error)}`)
  return under.read === undefined ? bytes : new Uint8Array(under.read(bytes))
}

const wantedOf = async (under: FilterUnderTest): Promise<Uint8Array> =>
  under.wanted ?? readOf(under, await through(under, [data(under.given)], false))

const anyCut = async (under: FilterUnderTest): Promise<void> => {
  const wanted = await wantedOf(under)
  for (const { name, pieces } of cuts(under.given))
    for (const later of [false, true]) {
      const found = readOf(under, await through(under, pieces.map(data), later))
      assert.equal(found, wanted, `${name}${later ? ', later' : ''}`)
    }
}

const inOrder = async (under: FilterUnderTest): Promise<void> => {
  const { drops = [], given } = under
  const wanted = await wantedOf(under)
  const kinds = [flush, own, pause, flush, own].filter(({ kind }) => !drops.includes(kind))
  const names = kinds.map(({ kind }) => kind)
  if (!drops.includes('trailers')) names.push('trailers')
  for (const { name, pieces } of cuts(given))
    for (const later of [false, true]) {
      const frames = pieces.flatMap((piece, at) =>
        at === 1 ? [flush, own, data(piece), pause] : [data(piece)],
      )
      const control = pieces.length > 1 ? [] : [flush, own, pause]
      const all = [...frames, ...control, flush, own, trailers]
      const recording = await through(under, all, later)
      assert.equal(readOf(under, recording), wanted, name)
      const found = recording.frames.map(({ kind }) => kind).filter((kind) => kind !== 'data')
      assert.equal(found, names, name)
      if (names.includes('trailers')) assert.is(recording.frames.at(-1)?.kind, 'trailers', name)
    }
}

/** The bytes out before a flush are those of the bytes in before it, wherever those were cut. */
const flushPlace = async (under: FilterUnderTest): Promise<void> => {
  if (under.drops?.includes('flush') || under.holds) return
  const { given } = under
  for (let place = 1; place < given.length; place++) {
    const before = given.subarray(0, place)
    const after = data(given.subarray(place))
    const marks = new Set<string>()
    for (const { pieces } of cuts(before)) {
      const recording = await through(under, [...pieces.map(data), flush, after], false)
      marks.add(recording.marks.join())
    }
    assert.is(marks.size, 1, `flush after byte ${place}: ${[...marks].join(' or ')}`)
  }
}

const noEmpty = async (under: FilterUnderTest): Promise<void> => {
  const empty = data(new Uint8Array())
  const wanted = await wantedOf(under)
  const frames = [
    empty,
    ...(cuts(under.given)[1]?.pieces.flatMap((piece) => [data(piece), empty]) ?? []),
  ]
  const recording = await through(under, frames, false)
  assert.equal(readOf(under, recording), wanted)
  for (const frame of recording.frames)
    if ('bytes' in frame && frame.bytes instanceof Uint8Array) assert.ok(frame.bytes.length > 0)
}

const demand = async (under: FilterUnderTest): Promise<void> => {
  const source = watched([data(under.given)])
  const body = under.filter()(source.body)
  await turn(2)
  assert.is(source.pulls, 0, 'pulled when it was made')
  const reading = pullFrom(body)
  await turn(2)
  assert.is(source.pulls, 0, 'pulled when its reading began')
  await reading.close()
  await reading.close()
  assert.is(source.closes, 1)
}

const leaving = async (under: FilterUnderTest): Promise<void> => {
  const pieces = cuts(under.given)[1]?.pieces.map(data) ?? []
  const frames = [...pieces, flush, own]
  for (const later of [false, true])
    for (let taken = 0; taken <= frames.length; taken++) {
      const source = watched(frames, { later })
      const reading = pullFrom(under.filter()(source.body))
      let ended = false
      for (let i = 0; i < taken && !ended; i++) {
        const frame = await within(bound, reading.pull())
        ended = frame === undefined
      }
      await within(bound, reading.close())
      await reading.close()
      await turn()
      // A source that has ended needs no closing, and takes it without harm.
      const closed = ended || source.ended ? source.closes <= 1 : source.closes === 1
      assert.ok(closed, `${source.closes} closes after ${taken} frames${later ? ', later' : ''}`)
      assert.is(await within(bound, reading.pull()), undefined, 'something came after the close')
    }
}

const failing = async (under: FilterUnderTest): Promise<void> => {
  const error = new Error('the source broke')
  const pieces = cuts(under.given)[1]?.pieces.map(data) ?? []
  for (const later of [false, true])
    for (let given = 0; given <= pieces.length; given++) {
      const source = watched(pieces.slice(0, given), { later, error })
      const reading = pullFrom(under.filter()(source.body))
      let found: unknown
      try {
        while ((await within(bound, reading.pull())) !== undefined);
      } catch (thrown) {
        found = thrown
      }
      assert.is(found, error, `after ${given} frames`)
      assert.is(await within(bound, reading.pull()), undefined, 'something followed the error')
    }
}

const oneReader = async (under: FilterUnderTest): Promise<void> => {
  const body = under.filter()(watched([data(under.given)]).body)
  const reading = pullFrom(body)
  for (const again of [() => pullFrom(body), () => body[Symbol.asyncIterator]()]) {
    let found: unknown
    try {
      again()
    } catch (thrown) {
      found = thrown
    }
    assert.ok(found !== undefined, 'a second reading began')
  }
  await reading.close()
}
