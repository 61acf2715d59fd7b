import { data, noFields, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { autoFlush, flush, flushed } from '@sluice/flush'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { timersSet } from '../support/bodies/left-over.ts'
import { record, words, wordsOf } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cutAt, utf8 } from '../support/parsing/cuts.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Frame, Trailers } from '@sluice/body'

const soon = 5000
const never = Number.POSITIVE_INFINITY
const given = utf8('a body')
const a = data(utf8('a'))
const b = data(utf8('b'))
const trailers: Trailers = { kind: 'trailers', fields: noFields }

for (const [name, filter] of [
  ['by bytes that never come', autoFlush({ idleMs: never })],
  ['by an idle time that never comes', autoFlush({ idleMs: 60_000 })],
] as const) {
  const laws = suite(`autoFlush ${name}: the frame laws`)
  for (const law of filterLaws({ filter: () => filter, given, wanted: given }))
    laws(law.name, leavingNothing(law.run))
  laws.run()
}

const byBytes = suite('autoFlush: maxBytes')

byBytes(
  'one byte under passes no flush, at and over it does, and the count starts anew',
  async () => {
    const after = async (byteLength: number) => {
      const body = toBody<AnyFrame>(watched([data(new Uint8Array(byteLength)), a]).body)
      const { frames } = await record(autoFlush({ idleMs: never, maxBytes: 4 })(body))
      return frames.map(({ kind }) => kind).join(' ')
    }
    assert.is(await after(2), 'data data')
    assert.is(await after(3), 'data data flush')
    assert.is(await after(4), 'data flush data')
    assert.is(await after(9), 'data flush data')
  },
)

byBytes('bytes are counted over frames, and from the last flush, whoever made it', async () => {
  const body = toBody(['123', flush, '123', '4', '123', '45', '1'])
  const found = await words(autoFlush({ idleMs: never, maxBytes: 4 })(body))
  assert.equal(found, [
    ...['data 123', 'flush', 'data 123', 'data 4', 'flush'],
    ...['data 123', 'data 45', 'flush', 'data 1', 'end'],
  ])
})

byBytes('a pause and the trailers count as a flush', async () => {
  const pause: Frame = { kind: 'pause', until: Promise.resolve() }
  const body = toBody(['123', pause, '123', trailers])
  const found = await words(autoFlush({ idleMs: never, maxBytes: 4 })(body))
  assert.equal(found, ['data 123', 'pause', 'data 123', 'trailers', 'end'])
})

byBytes('the bytes are those that came, however they were cut', async () => {
  const bytes = utf8('0123456789')
  for (const places of [[], [5], [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 6]]) {
    const body = toBody<AnyFrame>(watched(cutAt(bytes, places).map(data)).body)
    const found = await record(autoFlush({ idleMs: never, maxBytes: 3 })(body))
    assert.equal(found.bytes, bytes)
  }
})

byBytes('without idleMs no timer is set', async () => {
  const before = timersSet()
  const source = handFed<Frame>()
  const reading = record(autoFlush({ idleMs: never, maxBytes: 1 })(source.body))
  source.give(a)
  await turn()
  assert.is(timersSet(), before)
  source.end()
  assert.equal(wordsOf(await within(soon, reading)), ['data a', 'flush', 'end'])
})

byBytes.run()

const byIdle = suite('autoFlush: idleMs')

byIdle(
  'the source is quiet: a flush comes, once, and the frame that comes later is not lost',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const reading = pullFrom(autoFlush({ idleMs: 1 })(source.body))
    const first = reading.pull()
    source.give(a)
    assert.is((await within(soon, first))?.kind, 'data')
    assert.is((await within(soon, reading.pull()))?.kind, 'flush')
    const pending = Promise.resolve(reading.pull())
    assert.is(await stateOf(pending), 'pending')
    source.give(b)
    assert.is(await within(soon, pending), b)
    assert.is((await within(soon, reading.pull()))?.kind, 'flush')
    assert.is(source.pulls, 3)
    await reading.close()
  }),
)

byIdle('the default is 0: as soon as the source has nothing at once', async () => {
  const source = handFed<Frame>()
  const reading = pullFrom(autoFlush()(source.body))
  const first = reading.pull()
  source.give(a)
  await first
  assert.is((await within(soon, reading.pull()))?.kind, 'flush')
  await reading.close()
})

byIdle('what a source gives at once is not flushed in between, even with 0', async () => {
  const found = await words(autoFlush({ idleMs: 0 })(toBody(['a', 'b', 'c'])))
  assert.equal(found, ['data a', 'data b', 'data c', 'end'])
})

byIdle('what a source gives in promises that are there at once is no quiet', async () => {
  const source = watched([a, b], { later: true })
  const found = await words(autoFlush({ idleMs: 0 })(source.body))
  assert.equal(found, ['data a', 'data b', 'end'])
})

byIdle(
  'no flush comes before any data, after a flush, or after a pause',
  leavingNothing(async () => {
    const pause: Frame = { kind: 'pause', until: Promise.resolve() }
    for (const frames of [[], [a, flush], [flush], [a, pause]] as const) {
      const source = handFed<Frame>()
      const reading = pullFrom(autoFlush({ idleMs: 0 })(source.body))
      for (const frame of frames) {
        const pulled = reading.pull()
        source.give(frame)
        assert.is(await within(soon, pulled), frame)
      }
      const pending = Promise.resolve(reading.pull())
      await new Promise((resolve) => setTimeout(resolve, 5))
      assert.is(await stateOf(pending), 'pending')
      await reading.close()
    }
  }),
)

byIdle(
  'nothing comes after the trailers, however late the end',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const reading = record(autoFlush({ idleMs: 0 })(source.body))
    source.give(a)
    await turn()
    source.give(trailers)
    await new Promise((resolve) => setTimeout(resolve, 5))
    source.end()
    const found = wordsOf(await within(soon, reading))
    assert.is(found.at(-2), 'trailers')
  }),
)

byIdle(
  'leaving while it waits leaves no timer, and closes the source once',
  leavingNothing(async () => {
    const before = timersSet()
    const source = handFed<Frame>()
    const reading = pullFrom(autoFlush({ idleMs: 60_000 })(source.body))
    const first = reading.pull()
    source.give(a)
    await first
    reading.pull()
    assert.is(timersSet(), before + 1)
    await reading.close()
    assert.is(source.closes, 1)
  }),
)

byIdle('flushes with receipts pass as they are', async () => {
  const { frame, sent } = flushed()
  const { frames } = await record(autoFlush()(toBody(['a', frame])))
  assert.is(frames[1], frame)
  await within(soon, sent)
})

byIdle('the length of the body stays known', () => {
  assert.is(autoFlush()(toBody('abc')).byteLength, 3)
})

byIdle('options that are no time and no count are refused at the call', () => {
  const wrong = [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, null]
  for (const idleMs of [Number.NaN, '8', 8n, null])
    throwsAtOnce(() => Reflect.apply(autoFlush, undefined, [{ idleMs }]), RangeError)
  for (const maxBytes of [0, ...wrong])
    throwsAtOnce(() => Reflect.apply(autoFlush, undefined, [{ maxBytes }]), RangeError)
})

byIdle('any number of milliseconds is a time of quiet', async () => {
  for (const [idleMs, wanted] of [
    [-1, 'flush'],
    [Number.NEGATIVE_INFINITY, 'flush'],
    [0.5, 'flush'],
    [2 ** 31, 'end'],
    [1e12, 'end'],
  ] as const) {
    const going = deferred()
    async function* source() {
      yield 'a'
      await going.promise
    }
    const reading = pullFrom(autoFlush({ idleMs })(toBody(source())))
    await within(soon, reading.pull())
    const next = reading.pull()
    // A time of quiet that has not come after 20 ms is a long one.
    if (wanted === 'end') setTimeout(() => going.resolve(), 20)
    assert.is((await within(soon, next))?.kind ?? 'end', wanted, `idleMs ${idleMs}`)
    going.resolve()
    await reading.close()
  }
})

byIdle.run()
