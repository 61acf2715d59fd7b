import { EventEmitter } from 'node:events'
import { Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { until } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing, listenersOf } from '../support/bodies/leaving-nothing.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Wait } from '@sluice/pause'

const soon = 5000

const readable = suite('until a stream is readable')

readable('bytes that are there fulfil it at once', async () => {
  const stream = new PassThrough()
  stream.write('here')
  await within(soon, until(stream, 'readable'))
  assert.is(String(stream.read()), 'here')
  assert.is(stream.listenerCount('readable'), 0)
  stream.destroy()
})

readable('bytes that come fulfil it, and none is lost', async () => {
  const stream = new PassThrough()
  const wait: Wait<void> = until(stream, 'readable')
  assert.is(await stateOf(wait), 'pending')
  stream.write('come')
  await within(soon, wait)
  assert.is(String(stream.read()), 'come')
  stream.destroy()
})

readable('the whole stream can be read by it, up to the end', async () => {
  const stream = Readable.from(['a', 'b', 'c'], { objectMode: false })
  let found = ''
  while (!stream.readableEnded) {
    await within(soon, until(stream, 'readable'))
    found += String(stream.read() ?? '')
    await turn()
  }
  assert.is(found, 'abc')
  await within(soon, until(stream, 'readable'))
})

readable('an end without bytes fulfils it', async () => {
  const stream = new PassThrough()
  const wait = until(stream, 'readable')
  stream.end()
  await within(soon, wait)
  assert.is(stream.read(), null)
})

readable('an end after the last byte was read fulfils it', async () => {
  let push = (_: Uint8Array | null) => {}
  const stream = new Readable({ read() {} })
  push = (bytes) => stream.push(bytes)
  push(utf8('x'))
  assert.is(String(stream.read()), 'x')
  push(null)
  await within(soon, until(stream, 'readable'))
})

readable('a stream destroyed while it waits, or before, fails it', async () => {
  const cause = new Error('cut')
  const stream = new PassThrough()
  const wait = until(stream, 'readable')
  stream.destroy(cause)
  assert.is((await rejects(() => within(soon, wait), 'WAIT_FAILED')).cause, cause)
  const error = await rejects(() => within(soon, until(stream, 'readable')), 'WAIT_FAILED')
  assert.is(error.cause, cause)
  const silent = new PassThrough()
  silent.destroy()
  await rejects(() => within(soon, until(silent, 'readable')), 'WAIT_FAILED')
})

readable(
  'a time-out leaves no listener, and the bytes stay',
  leavingNothing(async () => {
    const stream = new PassThrough()
    const before = listenersOf(stream)
    await rejects(() => until(stream, 'readable', { timeoutMs: 1 }), 'TIMED_OUT')
    assert.is(listenersOf(stream), before)
    stream.end('later')
    await within(soon, until(stream, 'readable'))
    assert.is(String(stream.read()), 'later')
  }),
)

readable('readable of an emitter that is no stream is an event as any other', async () => {
  const emitter = new EventEmitter()
  const wait = until(emitter, 'readable')
  emitter.emit('readable', 1)
  assert.equal(await within(soon, wait), [1])
})

readable.run()

const writable = suite('until a stream is writable')

const stuck = () => {
  const written = deferred()
  const stream = new Writable({
    highWaterMark: 2,
    write: (_chunk, _encoding, done) => {
      written.promise.then(() => done())
    },
  })
  return { stream, letGo: () => written.resolve() }
}

writable('a stream with room fulfils it at once', async () => {
  const { stream } = stuck()
  await within(soon, until(stream, 'writable'))
})

writable('a full stream fulfils it when it has drained', async () => {
  const { stream, letGo } = stuck()
  const before = listenersOf(stream)
  stream.write('abc')
  const wait: Wait<void> = until(stream, 'writable')
  assert.is(await stateOf(wait), 'pending')
  letGo()
  await within(soon, wait)
  assert.is(listenersOf(stream), before)
})

writable('a stream that is ended, or ends while it waits, fails it', async () => {
  const { stream, letGo } = stuck()
  stream.write('abc')
  const wait = until(stream, 'writable')
  stream.end()
  letGo()
  await rejects(() => within(soon, wait), 'WAIT_FAILED')
  await rejects(() => within(soon, until(stream, 'writable')), 'WAIT_FAILED')
  await turn()
  await rejects(() => within(soon, until(stream, 'writable')), 'WAIT_FAILED')
})

writable('a stream destroyed while it waits, just before or long before, fails it', async () => {
  const { stream } = stuck()
  stream.write('abc')
  const wait = until(stream, 'writable')
  stream.destroy()
  await rejects(() => within(soon, until(stream, 'writable')), 'WAIT_FAILED')
  await rejects(() => within(soon, wait), 'WAIT_FAILED')
  await rejects(() => within(soon, until(stream, 'writable')), 'WAIT_FAILED')
})

writable('a Duplex is waited for on both sides', async () => {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  await within(soon, until(stream, 'writable'))
  const wait = until(stream, 'readable')
  assert.is(await stateOf(wait), 'pending')
  stream.push('x')
  await within(soon, wait)
  stream.destroy()
})

writable('a writer of a web stream is waited for by its own promise', async () => {
  const writer = new WritableStream().getWriter()
  await within(soon, until(writer.ready))
})

writable.run()
