import { data, noFields, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { flush, flushed, throttleFlush } from '@sluice/flush'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { timersSet } from '../support/bodies/left-over.ts'
import { record, words, wordsOf } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Frame, Pause, Trailers } from '@sluice/body'

const soon = 5000
const slow = throttleFlush({ everyMs: 60_000 })
const given = utf8('a body')
const a = data(utf8('a'))
const pause: Pause = { kind: 'pause', until: Promise.resolve() }
const trailers: Trailers = { kind: 'trailers', fields: noFields }
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
// Long enough that what a test does in a row is done before it is over.
const inTime = 300

const laws = suite('throttleFlush of no time: the frame laws')
for (const law of filterLaws({ filter: () => throttleFlush({ everyMs: 0 }), given, wanted: given }))
  laws(law.name, leavingNothing(law.run))
laws.run()

const throttles = suite('throttleFlush')

throttles('the first passes; one too early is held, and joined with later ones', async () => {
  const body = toBody(['a', flush, 'b', flush, 'c', flush, 'd'])
  const found = await words(slow(body))
  assert.equal(found, ['data a', 'flush', 'data b', 'data c', 'data d', 'flush', 'end'])
})

for (const [name, last] of [
  ['a pause', pause],
  ['the trailers', trailers],
] as const)
  throttles(`a held flush leaves before ${name}, whatever the time`, async () => {
    const found = await words(slow(toBody([flush, 'a', flush, 'b', flush, last])))
    assert.equal(found, ['flush', 'data a', 'data b', 'flush', last.kind, 'end'])
  })

throttles('a held flush leaves before the end, and nothing is made up', async () => {
  assert.equal(await words(slow(toBody([flush, flush]))), ['flush', 'flush', 'end'])
  assert.equal(await words(slow(toBody([flush, 'a']))), ['flush', 'data a', 'end'])
  assert.equal(await words(slow(toBody(['a', pause, trailers]))), [
    'data a',
    'pause',
    'trailers',
    'end',
  ])
})

throttles('a flush before a pause counts: the next is held', async () => {
  const found = await words(slow(toBody([flush, flush, pause, flush, 'a'])))
  assert.equal(found, ['flush', 'flush', 'pause', 'data a', 'flush', 'end'])
})

throttles('frames of other kinds pass a held flush at once', async () => {
  const own: AnyFrame = { kind: 'progress' }
  const frames: readonly AnyFrame[] = [flush, flush, own, a]
  assert.equal(await words(slow(watched(frames).body)), [
    'flush',
    'progress',
    'data a',
    'flush',
    'end',
  ])
})

throttles(
  'a held flush leaves as soon as it may while the source is quiet, and no frame is lost',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const reading = pullFrom(throttleFlush({ everyMs: inTime })(source.body))
    const first = reading.pull()
    source.give(flush)
    assert.is((await within(soon, first))?.kind, 'flush')
    const second = Promise.resolve(reading.pull())
    const { frame, sent } = flushed()
    source.give(frame)
    assert.is(await stateOf(second), 'pending')
    assert.is(await within(soon, second), frame)
    assert.is(await stateOf(sent), 'pending')
    const third = Promise.resolve(reading.pull())
    await wait(1)
    source.give(a)
    assert.is(await within(soon, third), a)
    await reading.close()
  }),
)

throttles('a held flush leaves before the first frame that comes after its time', async () => {
  const source = handFed<Frame>()
  const reading = record(throttleFlush({ everyMs: 5 })(source.body))
  source.give(flush)
  await turn()
  source.give(flush)
  // The reader waits all the while, so that it leaves by itself before the data.
  await wait(30)
  source.give(a)
  await turn()
  source.end()
  assert.equal(wordsOf(await within(soon, reading)), ['flush', 'flush', 'data a', 'end'])
})

throttles('a reader that comes back late finds the held flush before the data', async () => {
  const source = watched<Frame>([flush, flush, a, a])
  const reading = pullFrom(throttleFlush({ everyMs: inTime })(source.body))
  assert.is((await reading.pull())?.kind, 'flush')
  assert.is((await reading.pull())?.kind, 'data')
  await wait(inTime + 10)
  assert.is((await reading.pull())?.kind, 'flush')
  assert.is((await reading.pull())?.kind, 'data')
  assert.is(await reading.pull(), undefined)
})

throttles('one whose time has come again passes at once', async () => {
  const source = handFed<Frame>()
  const reading = record(throttleFlush({ everyMs: 1 })(source.body))
  for (let i = 0; i < 3; i++) {
    source.give(flush)
    await wait(5)
  }
  source.end()
  assert.equal(wordsOf(await within(soon, reading)), ['flush', 'flush', 'flush', 'end'])
})

throttles('the receipts of all that were joined are told, in order', async () => {
  const order: string[] = []
  const frames = ['first', 'second', 'third'].map(
    (name): Frame => ({ kind: 'flush', sent: (lost) => order.push(`${name} ${lost}`) }),
  )
  await words(slow(watched<Frame>([...frames, flush, a]).body))
  assert.equal(order, ['first undefined', 'second undefined', 'third undefined'])
})

throttles('a reason for the loss is told to all that were joined', async () => {
  const receipts = [flushed(), flushed(), flushed()]
  const frames = receipts.map(({ frame }) => frame)
  const source = pullFrom(slow(watched<Frame>(frames).body))
  const reason = new Error('cut')
  for (let frame = await source.pull(); frame !== undefined; frame = await source.pull())
    if (frame.kind === 'flush') frame.sent?.(reason)
  for (const { sent } of receipts) await rejects(() => within(soon, sent), reason)
})

throttles(
  'leaving early tells held flushes FLUSH_LOST, and leaves no timer',
  leavingNothing(async () => {
    const before = timersSet()
    const source = handFed<Frame>()
    const reading = pullFrom(slow(source.body))
    const first = reading.pull()
    source.give(flush)
    await first
    const receipts = [flushed(), flushed()]
    const pending = reading.pull()
    for (const { frame } of receipts) {
      source.give(frame)
      await turn()
    }
    assert.is(timersSet(), before + 1)
    await reading.close()
    assert.is(timersSet(), before)
    assert.is(source.closes, 1)
    source.end()
    assert.is(await within(soon, pending), undefined)
    for (const { sent } of receipts) await rejects(() => within(soon, sent), 'FLUSH_LOST')
  }),
)

throttles('a source that fails tells held flushes FLUSH_LOST', async () => {
  const error = new Error('broke')
  const { frame, sent } = flushed()
  const source = watched<Frame>([flush, frame, a], { error })
  const { end } = await record(slow(source.body))
  assert.is(end?.error, error)
  await rejects(() => within(soon, sent), 'FLUSH_LOST')
})

throttles('what filters behind it hold has left when a joined flush leaves', async () => {
  const holding = filter('holding', () => {
    const held: Uint8Array[] = []
    return {
      data(bytes) {
        held.push(bytes)
        return undefined
      },
      release: () => held.splice(0),
    }
  })
  const body = holding(slow(toBody(['a', flush, 'b', flush, 'c', pause])))
  assert.equal(await words(body), ['data a', 'flush', 'data b', 'data c', 'flush', 'pause', 'end'])
})

throttles(
  'an infinite everyMs lets one pass, and then those that cannot be held',
  leavingNothing(async () => {
    const before = timersSet()
    const source = handFed<Frame>()
    const reading = record(throttleFlush({ everyMs: Number.POSITIVE_INFINITY })(source.body))
    for (const frame of [flush, flush, a, flush]) {
      source.give(frame)
      await turn()
    }
    assert.is(timersSet(), before)
    source.end()
    assert.equal(wordsOf(await within(soon, reading)), ['flush', 'data a', 'flush', 'end'])
  }),
)

throttles('the length of the body stays known', () => {
  assert.is(slow(toBody('abc')).byteLength, 3)
})

throttles('an everyMs that is no time is refused at the call', () => {
  for (const everyMs of [Number.NaN, '8', 8n, null])
    throwsAtOnce(() => Reflect.apply(throttleFlush, undefined, [{ everyMs }]), RangeError)
})

throttles(
  '0 and less hold no flush; half a millisecond, and more than a timer holds, do',
  async () => {
    for (const [everyMs, wanted] of [
      [0, 2],
      [-1, 2],
      [Number.NEGATIVE_INFINITY, 2],
      [0.5, 1],
      [2 ** 31, 1],
      [1e12, 1],
    ] as const) {
      const body = throttleFlush({ everyMs })(toBody(['a', flush, flush, { kind: 'mark' }]))
      const { frames } = await record(body)
      const mark = frames.findIndex(({ kind }) => kind === 'mark')
      const before = frames.slice(0, mark).filter(({ kind }) => kind === 'flush')
      assert.is(before.length, wanted, `everyMs ${everyMs}`)
    }
  },
)

throttles.run()
