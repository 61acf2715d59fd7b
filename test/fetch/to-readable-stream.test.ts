import '../support/steady-turns.ts'
import { data, noFields, toBody } from '@sluice/body'
import { toReadableStream } from '@sluice/fetch'
import { flush, flushed } from '@sluice/flush'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { handFed, watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { chunksOf, textReader } from '../support/fetch/read-stream.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Frame } from '@sluice/body'

const broken = new Error('it broke')
const bytes = (text: string): Frame => data(utf8(text))
const pauseUntil = (until: PromiseLike<unknown>): Frame => ({ kind: 'pause', until })
const trailers: Frame = { kind: 'trailers', fields: noFields }

const controlled = () => {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) }
}

const stream = suite('toReadableStream')

interface Row {
  readonly name: string
  readonly given: readonly AnyFrame[]
  readonly wanted: readonly string[]
}

const rows: readonly Row[] = [
  { name: 'no frames are no chunks', given: [], wanted: [] },
  { name: 'what is there at once is one chunk', given: [bytes('a'), bytes('b')], wanted: ['ab'] },
  {
    name: 'a flush ends a chunk',
    given: [bytes('a'), flush, flush, bytes('b'), bytes('c'), flush],
    wanted: ['a', 'bc'],
  },
  {
    name: 'a pause ends a chunk',
    given: [bytes('a'), pauseUntil(Promise.resolve()), bytes('b')],
    wanted: ['a', 'b'],
  },
  { name: 'a flush before any data makes no chunk', given: [flush, bytes('a')], wanted: ['a'] },
  { name: 'trailers are left out', given: [bytes('a'), trailers], wanted: ['a'] },
  {
    name: 'frames of unknown kinds are left out',
    given: [bytes('a'), { kind: 'own' }, bytes('b')],
    wanted: ['ab'],
  },
]

for (const { name, given, wanted } of rows) {
  stream(name, async () => {
    assert.equal(await chunksOf(toReadableStream(watched(given).body)), wanted)
    assert.equal(await chunksOf(toReadableStream(watched(given, { later: true }).body)), wanted)
  })
}

stream('a chunk is full at 64 KiB, and no frame is cut', async () => {
  const half = 'x'.repeat(32_768)
  const sizes = (chunks: readonly string[]) => chunks.map((chunk) => chunk.length)
  const four = watched([half, half, half, 'y'].map(bytes)).body
  assert.equal(sizes(await chunksOf(toReadableStream(four))), [65_536, 32_769])
  const large = watched(['y', half + half + half].map(bytes)).body
  assert.equal(sizes(await chunksOf(toReadableStream(large))), [98_305])
})

stream('the frames of a generator that does not wait are one chunk', async () => {
  async function* words() {
    yield 'one '
    yield 'two '
    yield 'three'
  }
  assert.equal(await chunksOf(toReadableStream(toBody(words()))), ['one two three'])
})

stream('a chunk does not wait for the next', async () => {
  const source = handFed<Frame>()
  const reader = textReader(toReadableStream(source.body))
  const first = reader.read()
  await turn()
  source.give(bytes('one'))
  assert.is(await first, 'one')
  const second = reader.read()
  source.give(bytes('two'))
  assert.is(await second, 'two')
  source.end()
  assert.is(await reader.read(), undefined)
})

stream('nothing is pulled before it is read, and at most one pull ahead', async () => {
  const source = watched([bytes('a'), flush, bytes('b'), flush, bytes('c')])
  const reader = textReader(toReadableStream(source.body))
  await turn()
  assert.is(source.pulls, 0)
  assert.is(await reader.read(), 'a')
  await turn()
  assert.is(source.pulls, 2)
})

stream('a receipt is called when more is read', async () => {
  const one = flushed()
  const reader = textReader(toReadableStream(toBody([bytes('a'), one.frame, bytes('b')])))
  assert.is(await reader.read(), 'a')
  assert.is(await stateOf(one.sent), 'pending')
  assert.is(await reader.read(), 'b')
  assert.is(await stateOf(one.sent), 'fulfilled')
})

stream(
  'cancelling loses the receipts of what was not taken, and closes the source once',
  async () => {
    const one = flushed()
    const source = watched([bytes('a'), one.frame, bytes('b')])
    const reader = textReader(toReadableStream(source.body))
    await reader.read()
    await reader.cancel()
    await rejects(() => one.sent, 'FLUSH_LOST')
    assert.is(source.closes, 1)
  },
)

stream(
  'cancelling before the first read closes the source, of which nothing was asked',
  async () => {
    const source = watched([bytes('a')])
    await toReadableStream(source.body).cancel()
    assert.equal([source.pulls, source.closes], [0, 1])
  },
)

stream(
  'cancelling while the source waits runs its finally once, and later data is dropped',
  async () => {
    const source = handFed<Frame>()
    const reader = textReader(toReadableStream(source.body))
    const pending = reader.read()
    await turn()
    await reader.cancel()
    assert.is(await pending, undefined)
    assert.is(source.closes, 1)
    source.give(bytes('late'))
    await turn()
  },
)

stream('cancelling in a pause closes the source', async () => {
  const source = watched([bytes('a'), pauseUntil(new Promise(() => {})), bytes('b')])
  const reader = textReader(toReadableStream(source.body))
  await reader.read()
  const pending = reader.read()
  await turn()
  await reader.cancel()
  assert.is(await pending, undefined)
  assert.is(source.closes, 1)
})

stream('an error of closing is that of cancelling', async () => {
  const source = watched([bytes('a'), flush, bytes('b')], { closeError: broken })
  const reader = textReader(toReadableStream(source.body))
  await reader.read()
  await rejects(() => reader.cancel(), broken)
})

for (const later of [false, true]) {
  const how = later ? 'rejection' : 'throw'
  stream(
    `the error of a source, a ${how}, is that of the stream, after what was flushed`,
    async () => {
      const source = watched([bytes('a'), flush, bytes('b')], { later, error: broken })
      const reader = textReader(toReadableStream(source.body))
      assert.is(await reader.read(), 'a')
      await rejects(() => reader.read(), broken)
    },
  )
}

stream('a pause that rejects fails the stream with its reason, and closes the source', async () => {
  const pause = deferred()
  const source = watched([bytes('a'), pauseUntil(pause.promise), bytes('b')])
  const reader = textReader(toReadableStream(source.body))
  assert.is(await reader.read(), 'a')
  pause.reject(broken)
  await turn()
  await rejects(() => reader.read(), broken)
  assert.is(source.closes, 1)
})

const lengths: readonly { readonly name: string; readonly byteLength: number }[] = [
  { name: 'fewer bytes than its length', byteLength: 3 },
  { name: 'more bytes than its length', byteLength: 1 },
]
for (const { name, byteLength } of lengths) {
  stream(`a body with ${name} fails the stream`, async () => {
    const source = watched([bytes('a'), flush, bytes('b')], { byteLength })
    const reader = textReader(toReadableStream(source.body))
    assert.is(await reader.read(), 'a')
    await rejects(() => reader.read(), 'LENGTH_MISMATCH')
  })
}

stream('a frame after the trailers fails the stream, and closes the source', async () => {
  const source = watched([bytes('a'), flush, trailers, bytes('b')])
  const reader = textReader(toReadableStream(source.body))
  await reader.read()
  await rejects(() => reader.read(), 'BODY_INVALID')
  assert.is(source.closes, 1)
})

stream('a body that has been read is refused at the call', () => {
  const body = toBody('once')
  toReadableStream(body)
  throwsAtOnce(() => toReadableStream(body), 'BODY_USED')
})

stream('a signal closes the source once, and its reason is the error of the stream', async () => {
  const source = watched([bytes('a'), flush, bytes('b')])
  const { signal, abort } = controlled()
  const reader = textReader(toReadableStream(source.body, { signal }))
  assert.is(await reader.read(), 'a')
  abort(broken)
  await rejects(() => reader.read(), broken)
  assert.is(source.closes, 1)
})

stream(
  'a signal that has aborted before: the source is closed, and nothing is asked of it',
  async () => {
    const source = watched([bytes('a')])
    const { signal, abort } = controlled()
    abort(broken)
    await rejects(() => textReader(toReadableStream(source.body, { signal })).read(), broken)
    assert.equal([source.pulls, source.closes], [0, 1])
  },
)

stream('a signal that aborts after the end does nothing', async () => {
  const source = watched([bytes('a')])
  const { signal, abort } = controlled()
  assert.equal(await chunksOf(toReadableStream(source.body, { signal })), ['a'])
  abort(broken)
  assert.is(source.closes, 0)
  throwsAtOnce(() => toReadableStream(toBody(''), { signal: untyped({}) }), TypeError)
})

stream('a body that never waits lets timers run', async () => {
  function* endless(): Generator<Frame> {
    for (;;) {
      yield bytes('x')
      yield flush
    }
  }
  const body: Body = toBody(endless())
  const reader = toReadableStream(body).getReader()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
  }, 5)
  const reading = async () => {
    while (!isOver) await reader.read()
  }
  await within(5000, reading())
  clearTimeout(timer)
  await reader.cancel()
})

stream.run()
