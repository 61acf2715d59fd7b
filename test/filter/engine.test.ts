// @seconds 240
// @slow 27
// The frame laws of the loop that runs filters, for every way in which a step may answer.
import { concat, data, isData, noFields } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { filter, frameFilter, pipe } from '@sluice/filter'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record, words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { answerShapes } from '../support/server/answers.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Data, Frame, Pause, Trailers } from '@sluice/body'
import type { ByteSteps } from '@sluice/filter'
import type { FilterUnderTest } from '../support/laws/filter-laws.ts'
import type { AnswerShape } from '../support/server/answers.ts'

const given = utf8('abcdef')
const flipped = given.map((byte) => byte ^ 1)
const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1)

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields }

/** Holds up to three bytes, and gives them by `give`. */
const holding = ({ give }: AnswerShape): ByteSteps => {
  let held: Uint8Array[] = []
  let heldBytes = 0
  const release = () => {
    const joined = concat(held)
    held = []
    heldBytes = 0
    return joined.length === 0 ? undefined : give(joined)
  }
  return {
    data(bytes) {
      held.push(bytes)
      heldBytes += bytes.length
      return heldBytes < 4 ? undefined : release()
    },
    release,
  }
}

/** Bytes in front of the first, and behind the last: the end may come with trailers or without. */
const wrapping = ({ give }: AnswerShape): ByteSteps => {
  let state: 'before' | 'in' | 'after' = 'before'
  return {
    data(bytes) {
      if (state === 'in') return give(bytes)
      state = 'in'
      return give(concat([utf8('<'), bytes]))
    },
    release(why) {
      if (state === 'after' || (why !== 'end' && why !== 'trailers')) return undefined
      state = 'after'
      return give(utf8('>'))
    },
  }
}

const plain = (body: Body<AnyFrame>): Body<AnyFrame> =>
  (async function* () {
    for await (const frame of body) yield frame
  })()

for (const shape of answerShapes) {
  const under: Readonly<Record<string, FilterUnderTest>> = {
    'a byte filter': {
      filter: () => filter('flip', () => ({ data: (bytes) => shape.give(flip(bytes)) })),
      given,
      wanted: flipped,
    },
    'a byte filter that gives what it got': {
      filter: () => filter('same', () => ({ data: (bytes) => shape.give(bytes) })),
      given,
      wanted: given,
    },
    'a byte filter that holds': {
      filter: () => filter('hold', () => holding(shape)),
      given,
      wanted: given,
    },
    'a byte filter with a head and a tail': {
      filter: () => filter('wrap', () => wrapping(shape)),
      given,
      wanted: utf8('<abcdef>'),
    },
    'a frame filter': {
      filter: () => frameFilter('frames', () => ({ frame: (frame) => shape.give(frame) })),
      given,
      wanted: given,
    },
    'one on another': {
      filter: () => (body) => {
        const inner = filter('hold', () => holding(shape))(body)
        return filter('flip', () => ({ data: (bytes) => shape.give(flip(bytes)) }))(inner)
      },
      given,
      wanted: flipped,
    },
    'with an async generator between': {
      filter: () => (body) => {
        const hold = filter('hold', () => holding(shape))
        return pipe(
          body,
          hold,
          plain,
          filter('wrap', () => wrapping(shape)),
        )
      },
      given,
      wanted: utf8('<abcdef>'),
    },
  }
  for (const [name, each] of Object.entries(under)) {
    const laws = suite(`the frame laws: ${name} that answers ${shape.name}`)
    for (const law of filterLaws(each)) laws(law.name, law.run)
    laws.run()
  }
}

const answers = suite('filter: what a step may answer')

answers('the very bytes back pass the very frame on', async () => {
  const [frame] = chunks('a')
  if (frame === undefined) throw new Error('no frame')
  const same = filter('same', () => ({ data: (bytes) => bytes }))
  const { frames } = await record(same(watched([frame]).body))
  assert.is(frames[0], frame)
})

answers('nothing, and empty bytes of every shape, are nothing', async () => {
  for (const { give, name } of answerShapes) {
    const none = filter('none', () => ({ data: () => give(new Uint8Array()) }))
    assert.equal(await words(none(watched(chunks('a', 'b')).body)), ['end'], name)
    const noFrame = frameFilter('noFrame', () => ({ frame: () => give(data(new Uint8Array())) }))
    assert.equal(await words(noFrame(watched(chunks('a', 'b')).body)), ['end'], name)
  }
  const dropped = filter('dropped', () => ({ data: async () => undefined }))
  assert.equal(await words(dropped(watched(chunks('a', 'b')).body)), ['end'])
})

answers('the next filter sees no empty data', async () => {
  const seen: number[] = []
  const empty = filter('empty', () => ({ data: (bytes) => [new Uint8Array(), bytes] }))
  const look = filter('look', () => ({
    data(bytes) {
      seen.push(bytes.length)
      return bytes
    },
  }))
  await record(look(empty(watched(chunks('', 'a', 'bc')).body)))
  assert.equal(seen, [1, 2])
})

answers('many items are taken one at a time, each when it is asked for', async () => {
  for (const later of [false, true]) {
    let given = 0
    const many = filter('many', () => ({
      data: later
        ? async function* () {
            for (; given < 1000; given++) yield utf8('x')
          }
        : function* () {
            for (; given < 1000; given++) yield utf8('x')
          },
    }))
    const source = watched(chunks('a', 'b'))
    const reading = pullFrom(many(source.body))
    await reading.pull()
    await reading.pull()
    await turn()
    assert.is(given, 1)
    assert.is(source.pulls, 1)
    await reading.close()
  }
})

answers('items in items, promises in items, and nothing among them', async () => {
  const nested = frameFilter('nested', () => ({
    frame: (frame) =>
      isData(frame)
        ? (function* () {
            yield* chunks('1')
            yield { kind: 'own' }
            yield* chunks('', '2')
          })()
        : frame,
  }))
  const spread = filter('spread', () => ({
    data: async (bytes) => [bytes, bytes],
  }))
  assert.equal(await words(spread(nested(watched(chunks('a')).body))), [
    'data 1',
    'data 1',
    'own',
    'data 2',
    'data 2',
    'end',
  ])
})

answers('a million items of one answer neither overflow the stack nor starve timers', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const many = filter('many', () => ({
    *data() {
      for (let i = 0; i < 1_000_000; i++) yield new Uint8Array()
      yield utf8('end')
    },
  }))
  const recorded = await within(20_000, record(many(watched(chunks('a')).body)))
  assert.is(recorded.bytes.length, 3)
  assert.ok(timer)
})

answers('data after the trailers is an error, also if a step has ended at them', async () => {
  let isOver = false
  const ending = filter('ending', () => ({
    data: (bytes) => (isOver ? undefined : bytes),
    release(why) {
      isOver ||= why === 'trailers'
      return undefined
    },
  }))
  const source = watched<AnyFrame>([...chunks('a'), trailers, ...chunks('lost')])
  assert.equal(await words(ending(source.body)), ['data a', 'trailers', 'error BODY_INVALID'])
  assert.is(source.closes, 1)
})

answers('what is neither frame nor bytes nor items is an error and not an end', async () => {
  const views = [
    new DataView(new ArrayBuffer(8)),
    new Uint16Array(8),
    new Int8Array(8),
    new Uint8ClampedArray(8),
    new Float64Array(8),
  ]
  const frames = views.map((view) => ({ kind: 'data', bytes: view }))
  for (const wrong of ['text', 1, true, Symbol('s'), ...views, ...frames, { kind: 'data' }])
    for (const make of [
      () => Reflect.apply(filter, undefined, ['wrong', () => ({ data: () => wrong })]),
      () => Reflect.apply(frameFilter, undefined, ['wrong', () => ({ frame: async () => wrong })]),
      () => Reflect.apply(filter, undefined, ['wrong', () => ({ data: () => [wrong] })]),
    ]) {
      const source = watched(chunks('a'))
      assert.equal(await words(make()(source.body)), ['error BODY_INVALID'])
      assert.is(source.closes, 1)
    }
})

answers.run()

const control = suite('filter: flush, pause, trailers and unknown kinds')

const until = Promise.resolve()
const pause: Pause = { kind: 'pause', until }
const all: AnyFrame[] = [
  ...chunks('a'),
  { kind: 'flush' },
  ...chunks('b'),
  pause,
  ...chunks('c'),
  { kind: 'progress' },
  ...chunks('d'),
  trailers,
]

control('release is asked before each, with its reason, and at the end', async () => {
  const reasons: string[] = []
  const look = filter('look', () => ({
    data: () => undefined,
    release(why) {
      reasons.push(why)
      return utf8(why)
    },
  }))
  const frames = all.slice(0, -1)
  assert.equal(await words(look(watched(frames).body)), [
    'data flush',
    'flush',
    'data pause',
    'pause',
    'data other',
    'progress',
    'data end',
    'end',
  ])
  assert.equal(reasons, ['flush', 'pause', 'other', 'end'])
})

control('the frames themselves pass, the very same', async () => {
  for (const later of [false, true]) {
    const held = filter('held', () => ({
      data: (bytes) => bytes,
      release: later ? async () => undefined : () => undefined,
    }))
    const { frames } = await record(held(watched(all).body))
    for (const [i, frame] of all.entries()) assert.is(frames[i], frame)
    assert.is(frames.length, all.length)
  }
})

control('what is let go at one flush goes through the next filter before that flush', async () => {
  const seen: string[] = []
  const hold = () => filter('hold', () => holding({ name: '', give: (item) => item }))
  const look = frameFilter('look', () => ({
    frame(frame) {
      seen.push(frame.kind)
      return frame
    },
  }))
  const frames: Frame[] = [...chunks('a'), { kind: 'flush' }, ...chunks('b')]
  await record(look(hold()(hold()(watched(frames).body))))
  assert.equal(seen, ['data', 'flush', 'data'])
})

control(
  'what a frame filter does not give back is gone, what it makes up stands in its place',
  async () => {
    const swap = frameFilter('swap', () => ({
      frame(frame) {
        if (frame.kind === 'flush') return undefined
        return frame.kind === 'progress' ? [{ kind: 'one' }, { kind: 'two' }] : frame
      },
      end: () => ({ kind: 'last' }),
    }))
    assert.equal(await words(swap(watched(all.slice(0, -1)).body)), [
      'data a',
      'data b',
      'pause',
      'data c',
      'one',
      'two',
      'data d',
      'last',
      'end',
    ])
  },
)

control('a pause is passed on and not waited for', async () => {
  const never: Pause = { kind: 'pause', until: new Promise(() => {}) }
  const same = filter('same', () => ({ data: (bytes) => bytes }))
  const reading = pullFrom(same(watched<Frame>([never, ...chunks('a')]).body))
  assert.is(reading.pull(), never)
  await reading.close()
})

for (const [name, late] of [
  [
    'data at the end',
    filter('late', () => ({
      data: (b) => b,
      release: (why) => (why === 'end' ? utf8('!') : undefined),
    })),
  ],
  [
    'a frame at the end',
    frameFilter('late', () => ({ frame: (frame) => frame, end: () => ({ kind: 'own' }) })),
  ],
  [
    'second trailers',
    frameFilter('late', () => ({ frame: (frame) => frame, end: () => trailers })),
  ],
] as const)
  control(`${name} behind the trailers is an error and not sent: trailers are last`, async () => {
    const source = watched<Frame>([...chunks('a'), trailers])
    assert.equal(await words(late(source.body)), ['data a', 'trailers', 'error BODY_INVALID'])
  })

control('a source that goes on behind its trailers is an error', async () => {
  const same = filter('same', () => ({ data: (bytes) => bytes }))
  const source = watched<Frame>([trailers, ...chunks('a')])
  assert.equal(await words(same(source.body)), ['trailers', 'error BODY_INVALID'])
  assert.is(source.closes, 1)
})

control('empty data behind the trailers means nothing', async () => {
  const same = filter('same', () => ({ data: (bytes) => bytes }))
  const source = watched<Frame>([trailers, ...chunks('', '')])
  assert.equal(await words(same(source.body)), ['trailers', 'end'])
})

control.run()

const speed = suite('filter: promises and turns')

const ten = (body: Body<AnyFrame>): Body<AnyFrame> => {
  let made = body
  for (let i = 0; i < 10; i++) made = filter('flip', () => ({ data: flip }))(made)
  return made
}

speed('a hundred thousand frames that are there at once cost no promise', () => {
  const [one] = chunks('a')
  if (one === undefined) throw new Error('no frame')
  const reading = pullFrom(ten(watched(Array.from({ length: 100_000 }, () => one)).body))
  let count = 0
  for (;;) {
    const frame = reading.pull()
    if (frame === undefined) break
    assert.ok('kind' in frame)
    count++
  }
  assert.is(count, 100_000)
})

speed(
  'frames that are dropped by the hundred thousand neither overflow nor starve timers',
  async () => {
    const none = filter('none', () => ({ data: () => undefined }))
    for (const later of [false, true]) {
      // Frames that are there at once need more than a turn even on a fast machine.
      const frames = Array.from({ length: later ? 100_000 : 1_000_000 }, () => chunks('a')).flat()
      let timer = false
      setTimeout(() => {
        timer = true
      }, 0)
      assert.equal(await within(10_000, words(none(watched(frames, { later }).body))), ['end'])
      assert.ok(timer, later ? 'later' : 'at once')
    }
  },
)

speed('a source of frames that are dropped for ever holds no more and more', async () => {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let held = 0
  function* frames() {
    const [one] = chunks('a')
    if (one === undefined) return
    for (let i = 0; i < 300_000; i++) yield one
    globalThis.gc?.()
    held = process.memoryUsage().heapUsed - before
  }
  const none = filter('none', () => ({ data: async () => undefined }))
  await within(20_000, record(none(watched(frames(), { later: true }).body)))
  assert.ok(held < 10_000_000, `${held} bytes`)
})

speed('a filter is made once a body, when the first frame is asked for', async () => {
  let made = 0
  const count = filter('count', () => {
    made++
    return { data: (bytes) => bytes }
  })
  const body = count(watched(chunks('a', 'b')).body)
  const reading = pullFrom(body)
  assert.is(made, 0)
  await reading.pull()
  await reading.pull()
  assert.is(made, 1)
  await record(count(watched(chunks('a')).body))
  assert.is(made, 2)
})

speed('no frame is asked of the source while another is on its way', async () => {
  const source = handFed<Data>()
  const slow = filter('slow', () => ({
    async data(bytes) {
      await turn()
      return bytes
    },
  }))
  const reading = pullFrom(slow(source.body))
  const pending = reading.pull()
  source.give(data(utf8('a')))
  await pending
  assert.is(source.pulls, 1)
  assert.not(source.waiting)
  await reading.close()
})

speed('byteLength stays where it is said to be kept, and goes where it is not', () => {
  const source = () => watched(chunks('a'), { byteLength: 1 }).body
  const keeps = filter('keeps', () => ({ data: (bytes) => bytes }), { keepsLength: true })
  const not = filter('not', () => ({ data: (bytes) => bytes }))
  const frames = frameFilter('frames', () => ({ frame: (frame) => frame }), { keepsLength: true })
  assert.is(keeps(source()).byteLength, 1)
  assert.is(frames(keeps(source())).byteLength, 1)
  assert.is(not(source()).byteLength, undefined)
  assert.is(keeps(not(source())).byteLength, undefined)
  assert.is(not(keeps(source())).byteLength, undefined)
})

speed('a filter is called what it was named', () => {
  assert.is(filter('mine', () => ({ data: (bytes) => bytes })).name, 'mine')
  assert.is(frameFilter('mine', () => ({ frame: (frame) => frame })).name, 'mine')
})

speed.run()
