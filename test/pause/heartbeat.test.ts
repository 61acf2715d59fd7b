import { data, isPause, noFields, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { tap } from '@sluice/filter'
import { heartbeat, pause } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { timersSet } from '../support/bodies/left-over.ts'
import { record, words, wordsOf } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Frame, Pause } from '@sluice/body'

const soon = 5000
const slow = heartbeat({ everyMs: 60_000, bytes: ':' })
const quick = heartbeat({ everyMs: 1, bytes: ':' })

/** Counts the frames of a kind, and calls `reached` at the last of `count`. */
const after = (count: number, kind: string, reached: () => void) => {
  let left = count
  return tap(() => ({
    frame(frame) {
      if (frame.kind === kind && --left === 0) reached()
    },
  }))
}

const given = utf8('a body')

const laws = suite('heartbeat: the frame laws')
for (const law of filterLaws({ filter: () => slow, given, wanted: given }))
  laws(law.name, leavingNothing(law.run))
laws.run()

const beats = suite('heartbeat')

beats(
  'while a pause lasts, the bytes and a flush are sent at every beat',
  leavingNothing(async () => {
    const { frame, resume } = pause()
    const body = quick(toBody(['a', frame, 'b']))
    const found = await within(soon, words(after(3, 'flush', resume)(body)))
    const beat = ['pause', 'data :', 'flush']
    assert.equal(found, ['data a', ...beat, ...beat, ...beat, 'pause', 'data b', 'end'])
  }),
)

beats(
  'a pause that ends before the first beat is one pause, and nothing is sent',
  leavingNothing(async () => {
    const { frame, resume } = pause()
    const reading = words(slow(toBody(['a', frame, 'b'])))
    await turn()
    resume()
    assert.equal(await within(soon, reading), ['data a', 'pause', 'data b', 'end'])
  }),
)

beats(
  'a pause that has ended before it is reached is passed, and nothing is sent',
  leavingNothing(async () => {
    const { frame, resume } = pause()
    resume()
    assert.equal(await words(quick(toBody([frame, frame]))), ['pause', 'pause', 'end'])
  }),
)

beats(
  'without a pause nothing is sent and no timer is set, however slow the source',
  leavingNothing(async () => {
    const before = timersSet()
    const source = handFed<Frame>()
    const reading = record(quick(source.body))
    await turn()
    source.give(data(utf8('a')))
    await turn()
    assert.is(timersSet(), before)
    await new Promise((resolve) => setTimeout(resolve, 10))
    source.end()
    assert.equal(wordsOf(await reading), ['data a', 'end'])
  }),
)

beats(
  'a pause that rejects before the first beat fails the body with its reason',
  leavingNothing(async () => {
    const error = new Error('gone wrong')
    const ending = deferred()
    const source = watched<Frame>([{ kind: 'pause', until: ending.promise }, data(given)])
    const reading = record(slow(source.body))
    await turn()
    ending.reject(error)
    const { frames, end } = await within(soon, reading)
    assert.is(end?.error, error)
    assert.is(frames.length, 1)
    assert.is(source.closes, 1)
  }),
)

beats(
  'a pause that rejects after a beat fails the body with its reason',
  leavingNothing(async () => {
    const error = new Error('gone wrong')
    const ending = deferred()
    const source = watched<Frame>([{ kind: 'pause', until: ending.promise }, data(given)])
    const reject = () => ending.reject(error)
    const { end } = await within(soon, record(after(2, 'flush', reject)(quick(source.body))))
    assert.is(end?.error, error)
    assert.is(source.closes, 1)
  }),
)

beats(
  'leaving in a pause closes the source once, and no timer is left',
  leavingNothing(async () => {
    const before = timersSet()
    const { frame } = pause()
    const source = watched<Frame>([frame])
    const reading = pullFrom(slow(source.body))
    const first = await within(soon, reading.pull())
    assert.is(first?.kind, 'pause')
    assert.is(timersSet(), before + 1)
    await within(soon, reading.close())
    assert.is(timersSet(), before)
    assert.is(source.closes, 1)
    assert.is(await within(soon, reading.pull()), undefined)
  }),
)

for (const [place, taken] of [
  ['before its bytes', 1],
  ['between its bytes and its flush', 2],
  ['after its flush', 3],
] as const)
  beats(
    `leaving at a beat, ${place}, leaves nothing`,
    leavingNothing(async () => {
      const { frame } = pause()
      const source = watched<Frame>([frame])
      const reading = pullFrom(quick(source.body))
      for (let i = 0; i < taken; i++) {
        const found = await within(soon, reading.pull())
        if (found !== undefined && isPause(found)) await within(soon, found.until)
      }
      await within(soon, reading.close())
      assert.is(source.closes, 1)
    }),
  )

beats(
  'a reader that does not wait for pauses gets no beat early, and can leave',
  leavingNothing(async () => {
    const { frame } = pause()
    const source = watched<Frame>([frame])
    const reading = pullFrom(slow(source.body))
    const first = await within(soon, reading.pull())
    const second = Promise.resolve(reading.pull())
    assert.is(await stateOf(second), 'pending')
    await within(soon, reading.close())
    assert.is(await within(soon, second), undefined)
    assert.ok(first !== undefined && isPause(first))
    await rejects(() => within(soon, first.until), 'WAIT_FAILED')
  }),
)

beats(
  'nothing is sent after the trailers, even in a pause that must not stand there',
  leavingNothing(async () => {
    const { frame, resume } = pause()
    const reading = words(quick(toBody([{ kind: 'trailers', fields: noFields }, frame])))
    await new Promise((resolve) => setTimeout(resolve, 10))
    resume()
    assert.equal(await within(soon, reading), ['trailers', 'error BODY_INVALID'])
  }),
)

beats(
  'however many beats, a pause is asked for its end once',
  leavingNothing(async () => {
    const ending = deferred()
    let asked = 0
    const until: Pause['until'] = {
      // biome-ignore lint/suspicious/noThenProperty: it counts
      then(fulfilled, rejected) {
        asked++
        return ending.promise.then(fulfilled, rejected)
      },
    }
    const body = quick(toBody([{ kind: 'pause', until }]))
    await within(soon, record(after(5, 'flush', ending.resolve)(body)))
    assert.is(asked, 1)
  }),
)

beats(
  'an infinite everyMs passes pauses and sends nothing',
  leavingNothing(async () => {
    const before = timersSet()
    const { frame, resume } = pause()
    const body = heartbeat({ everyMs: Number.POSITIVE_INFINITY, bytes: ':' })(toBody([frame]))
    const reading = words(body)
    await turn()
    assert.is(timersSet(), before)
    resume()
    assert.equal(await within(soon, reading), ['pause', 'end'])
  }),
)

beats('the length of the body is not known behind it', () => {
  assert.is(slow(toBody('abc')).byteLength, undefined)
})

beats('bytes are sent as they are given, and a string as UTF-8', async () => {
  for (const bytes of ['é', utf8('é')]) {
    const { frame, resume } = pause()
    const body = heartbeat({ everyMs: 1, bytes })(toBody([frame]))
    const found = await within(soon, record(after(1, 'flush', resume)(body)))
    assert.equal(found.bytes, utf8('é'))
  }
})

beats(
  'half a millisecond beats; one over the longest timer does not beat at once',
  leavingNothing(async () => {
    const { frame, resume } = pause()
    const beating = after(
      1,
      'flush',
      resume,
    )(heartbeat({ everyMs: 0.5, bytes: ':' })(toBody([frame])))
    assert.is((await within(soon, record(beating))).bytes.length, 1)
    const longer = pause()
    const reading = record(heartbeat({ everyMs: 2 ** 31, bytes: ':' })(toBody([longer.frame])))
    await turn(3)
    longer.resume()
    assert.is((await within(soon, reading)).bytes.length, 0)
  }),
)

beats('everyMs and bytes that make no heartbeat are refused at the call', () => {
  for (const everyMs of [0, -0.5, -1, Number.NaN, Number.NEGATIVE_INFINITY])
    throwsAtOnce(() => heartbeat({ everyMs, bytes: ':' }), RangeError)
  for (const everyMs of ['8', 8n, null])
    throwsAtOnce(() => Reflect.apply(heartbeat, undefined, [{ everyMs, bytes: ':' }]), RangeError)
  for (const bytes of ['', new Uint8Array()])
    throwsAtOnce(() => heartbeat({ everyMs: 1, bytes }), RangeError)
  for (const bytes of [undefined, null, 5, [58], new Int8Array(1), new ArrayBuffer(1)])
    throwsAtOnce(() => Reflect.apply(heartbeat, undefined, [{ everyMs: 1, bytes }]), TypeError)
})

beats(
  'a thousand paused behind one filter each get their beat, and end',
  leavingNothing(async () => {
    const handles = Array.from({ length: 1000 }, () => pause())
    const readings = handles.map(({ frame, resume }) =>
      record(after(1, 'flush', resume)(quick(toBody<AnyFrame>(watched([frame]).body)))),
    )
    const found = await within(soon, Promise.all(readings))
    assert.ok(found.every(({ bytes, end }) => bytes.length === 1 && end === undefined))
  }),
)

beats.run()
