// The pull protocol of a body, its closing, and iteration over it.
import { closeBody, data, noFields, readText } from '@sluice/body'
import { fromPull, iteratePull, pullFrom, pulling } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { textOf, utf8 } from '../support/cuts.ts'
import { watchRejections } from '../support/left-over.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { handFed, watched } from '../support/sources.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Body, Data, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields.with('checksum', 'x') }
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
