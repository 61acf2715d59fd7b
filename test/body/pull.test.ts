// The pull protocol of a body, its closing, and iteration over it.
import { closeBody, data, isData, noFields, readText, toBody } from '@sluice/body'
import { fromPull, iteratePull, pullFrom, pulling, pullThen } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Data, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields.with('checksum', 'x') }
const flush: Flush = { kind: 'flush' }
const broken = new Error('the source broke')

const protocol = suite('the pull protocol')

protocol('its symbol is the same in every copy of the package', () => {
  assert.is(pulling, Symbol.for('sluice.pull'))
})

protocol('a body of another copy is read by its pull protocol', async () => {
  let pulls = 0
  const foreign: Body<Data> = {
    [Symbol.for('sluice.pull')]: (): Pull<Data> => ({
      pull: () => (pulls++ === 0 ? data(utf8('a')) : undefined),
      close() {},
    }),
    [Symbol.asyncIterator]() {
      throw new Error('read by its iterator')
    },
  }
  assert.is(await readText(foreign), 'a')
  assert.is(pulls, 2)
})

protocol('start is called once, when the reading starts', () => {
  let starts = 0
  const body = fromPull<Data>(() => {
    starts++
    return { pull: () => undefined, close() {} }
  })
  assert.is(starts, 0)
  pullFrom(body)
  assert.is(starts, 1)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
  throwsAtOnce(() => body[Symbol.asyncIterator](), 'BODY_USED')
  assert.is(starts, 1)
})

protocol('byteLength is what was given', () => {
  const start = () => ({ pull: () => undefined, close() {} })
  assert.is(fromPull(start, 3).byteLength, 3)
  assert.is(fromPull(start).byteLength, undefined)
})

protocol(
  'a body without the protocol is read once: by pullFrom or by whatever uses it',
  async () => {
    async function* frames() {
      yield data(utf8('a'))
    }
    const body = frames()
    const source = pullFrom(body)
    throwsAtOnce(() => pullFrom(body), 'BODY_USED')
    await rejects(() => readText(body), 'BODY_USED')
    await source.close()
  },
)

protocol('frames of a generator cost one wait each, and it ends once', async () => {
  async function* frames() {
    yield data(utf8('a'))
  }
  const source = pullFrom(frames())
  const first = await source.pull()
  assert.is(first && textOf(first.bytes), 'a')
  assert.is(await source.pull(), undefined)
  assert.is(source.pull(), undefined)
  await source.close()
})

protocol('closing a generator runs its finally once, and waits for it', async () => {
  const gate = deferred()
  let closed = 0
  async function* frames() {
    try {
      yield data(utf8('a'))
    } finally {
      await gate.promise
      closed++
    }
  }
  const source = pullFrom(frames())
  await source.pull()
  const closing = Promise.resolve(source.close())
  assert.is(await stateOf(closing), 'pending')
  gate.resolve()
  await closing
  await source.close()
  assert.is(closed, 1)
  assert.is(await source.pull(), undefined)
})

protocol("an error of a generator after the close is nobody's", async () => {
  const gate = deferred()
  async function* frames(): AsyncGenerator<Data> {
    await gate.promise
    yield data(utf8('a'))
  }
  const source = pullFrom(frames())
  const pending = source.pull()
  const closing = source.close()
  gate.reject(broken)
  assert.is(await within(1000, pending), undefined)
  await within(1000, closing)
})

for (const { name, make, wanted } of [
  { name: 'a short text', make: () => 'hello', wanted: 'hello' },
  { name: 'bytes', make: () => utf8('hello'), wanted: utf8('hello') },
  { name: 'a text that is not ASCII', make: () => 'hé', wanted: utf8('hé') },
  { name: 'nothing', make: () => null, wanted: '' },
]) {
  const byteLength = wanted.length
  const source = () => pullFrom(toBody(make()))

  protocol(`whole gives ${name} at once, and nothing is left`, () => {
    const each = source()
    assert.equal(each.whole?.(byteLength), wanted)
    assert.is(each.whole?.(byteLength), undefined)
    assert.is(each.pull(), undefined)
  })

  protocol(`whole gives nothing of ${name} if the length is another, and all is left`, async () => {
    const each = source()
    assert.is(each.whole?.(byteLength + 1), undefined)
    const frame = await each.pull()
    assert.is(frame === undefined ? 0 : isData(frame) && frame.bytes.length, byteLength)
  })

  protocol(`whole gives nothing of ${name} after a pull or a close`, () => {
    const pulled = source()
    pulled.pull()
    assert.is(pulled.whole?.(byteLength), undefined)
    const closed = source()
    closed.close()
    assert.is(closed.whole?.(byteLength), undefined)
  })
}

for (const { name, text } of [
  { name: 'short ASCII', text: 'hello' },
  { name: 'not ASCII', text: 'hé' },
  { name: 'long', text: 'ab😀'.repeat(100) },
  { name: 'empty', text: '' },
]) {
  const bytes = utf8(text)

  protocol(
    `whole without a length gives a text that is ${name} as it is, and nothing is left`,
    () => {
      const body = toBody(text)
      const each = pullFrom(body)
      assert.is(each.whole?.(), text)
      assert.is(each.whole?.(), undefined)
      assert.is(each.pull(), undefined)
      assert.is(body.byteLength, bytes.length)
    },
  )

  protocol(`a text that is ${name} has its length before and after it is read or closed`, () => {
    assert.is(toBody(text).byteLength, bytes.length)
    const read = toBody(text)
    pullFrom(read).pull()
    assert.is(read.byteLength, bytes.length)
    const closed = toBody(text)
    const source = pullFrom(closed)
    source.close()
    assert.is(source.whole?.(), undefined)
    assert.is(closed.byteLength, bytes.length)
  })

  protocol(`a text that is ${name} gives the same bytes if its length was asked for`, () => {
    const body = toBody(text)
    assert.is(body.byteLength, bytes.length)
    const frame = pullFrom(body).pull()
    assert.equal(frame, text === '' ? undefined : data(bytes))
  })
}

protocol('whole without a length gives bytes as they are', () => {
  const bytes = utf8('hello')
  assert.is(pullFrom(toBody(bytes)).whole?.(), bytes)
})

/** Both ways in which `pullThen` works: by the method of a source, and without it. */
const continued: readonly (readonly [name: string, body: (frames: AsyncIterable<Data>) => Body])[] =
  [
    ['a source that has the method', (frames) => toBody(frames)],
    [
      'a source that has not',
      (frames) =>
        fromPull(() => {
          const source = pullFrom(toBody(frames))
          return { pull: () => source.pull(), close: () => source.close() }
        }),
    ],
  ]

for (const [name, body] of continued) {
  protocol(
    `pullThen, ${name}: what is waited for goes on, and its answer is the outcome`,
    async () => {
      async function* frames() {
        yield data(utf8('a'))
        throw broken
      }
      const seen: unknown[] = []
      const source = pullFrom(body(frames()))
      const next = {
        arrived(frame: AnyFrame | undefined) {
          seen.push(frame)
          return flush
        },
        failed(error: unknown) {
          seen.push(error)
          return trailers
        },
      }
      assert.is(await pullThen<AnyFrame>(source, next), flush)
      assert.is(await pullThen<AnyFrame>(source, next), trailers)
      assert.equal(seen.length, 2)
      assert.equal(seen[0], data(utf8('a')))
      assert.is(seen[1], broken)
      // After the error it is over: there is nothing to wait for.
      assert.is(pullThen<AnyFrame>(source, next), undefined)
    },
  )
}

protocol('pullThen returns a frame that is there at once, and does not call back', () => {
  const calledBack = () => {
    throw new Error('called back')
  }
  const next = { arrived: calledBack, failed: calledBack }
  const source = pullFrom<AnyFrame>(toBody([data(utf8('a'))]))
  assert.equal(pullThen(source, next), data(utf8('a')))
  assert.is(pullThen(source, next), undefined)
})

protocol('an iterator without return can be closed', async () => {
  const body: Body = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
  const source = pullFrom(body)
  source.pull()
  await within(1000, source.close())
})

protocol.run()

const closing = suite('closeBody')

closing('a body that nobody reads is closed unread', async () => {
  const source = watched(chunks('a'))
  await closeBody(source.body)
  assert.is(source.closes, 1)
  assert.is(source.pulls, 0)
  await closeBody(source.body)
  assert.is(source.closes, 1)
})

closing('a body that is being read is left alone', async () => {
  const source = watched(chunks('a'))
  const reading = pullFrom(source.body)
  await closeBody(source.body)
  assert.is(source.closes, 0)
  assert.is((await reading.pull())?.kind, 'data')
})

closing('what closing throws comes out of it', async () => {
  const error = new Error('closing failed')
  for (const later of [false, true])
    await rejects(() => closeBody(watched(chunks('a'), { closeError: error, later }).body), error)
})

closing.run()

const iterating = suite('iteratePull')

iterating('frames in order, and the end for good', async () => {
  const found: string[] = []
  for await (const frame of iteratePull(pullFrom(watched<Frame>([...chunks('a'), trailers]).body)))
    found.push(frame.kind)
  assert.equal(found, ['data', 'trailers'])
})

iterating('an error ends it for good', async () => {
  const iterator = iteratePull(pullFrom(watched(chunks(), { error: broken }).body))
  const both = [iterator.next(), iterator.next()]
  await rejects(() => both[0], broken)
  assert.equal(await both[1], { done: true, value: undefined })
})

iterating('return() closes the source also while a pull is pending', async () => {
  const source = handFed<Data>()
  const iterator = iteratePull(pullFrom(source.body))
  const pending = iterator.next()
  assert.equal(await within(1000, iterator.return?.()), { done: true, value: undefined })
  assert.is(source.closes, 1)
  source.give(data(utf8('a')))
  assert.equal(await pending, { done: true, value: undefined })
  assert.equal(await iterator.next(), { done: true, value: undefined })
  assert.is(source.pulls, 1)
})

iterating(
  "a pull that fails when it is left in is nobody's: not even an unhandled rejection",
  async () => {
    const source = handFed<Data>()
    const iterator = iteratePull(pullFrom(source.body))
    const rejections = watchRejections()
    try {
      const pending = iterator.next()
      await iterator.return?.()
      source.fail(new Error('closed'))
      await turn(3)
      assert.equal(rejections.reasons, [])
      assert.equal(await pending, { done: true, value: undefined })
    } finally {
      rejections.stop()
    }
  },
)

iterating('a flush that comes after return() is told that it is lost', async () => {
  const told: unknown[] = []
  const source = handFed<Flush>()
  const iterator = iteratePull(pullFrom(source.body))
  const pending = iterator.next()
  await iterator.return?.()
  source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
  assert.equal(await pending, { done: true, value: undefined })
  assert.is(told.length, 1)
  await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
})

iterating('what closing throws comes out of return()', async () => {
  const error = new Error('closing failed')
  const source = watched(chunks('a'), { closeError: error })
  await rejects(() => iteratePull(pullFrom(source.body)).return?.(), error)
})

iterating.run()
