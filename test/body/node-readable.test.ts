import { createHook } from 'node:async_hooks'
import { PassThrough, Readable, Transform } from 'node:stream'
import { closeBody, isData, readBytes, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { textOf } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'

const events = ['error', 'close', 'end', 'readable', 'data', 'pause', 'resume'] as const

const listenersOf = (stream: Readable): Readonly<Record<string, number>> =>
  Object.fromEntries(events.map((event) => [event, stream.listenerCount(event)]))

/** Turns for `process.nextTick` that are asked for meanwhile. */
const ticksIn = (run: () => void): number => {
  let ticks = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'TickObject') ticks++
    },
  })
  hook.enable()
  run()
  hook.disable()
  return ticks
}

const broken = new Error('the stream broke')

const readable = suite('toBody: Node Readable')

readable('what is buffered costs no promise, and what is not is waited for', async () => {
  const stream = new PassThrough()
  const source = pullFrom(toBody(stream))
  const pending = source.pull()
  assert.ok(pending !== undefined && 'then' in pending)
  stream.write('a')
  const first = await pending
  assert.is(first?.kind, 'data')
  stream.write('b')
  await turn()
  const second = source.pull()
  assert.ok(second !== undefined && 'kind' in second)
  await source.close()
})

readable('nothing is read before it is asked for', async () => {
  let reads = 0
  const stream = new Readable({
    read() {
      reads++
      this.push(reads > 2 ? null : 'a')
    },
  })
  const body = toBody(stream)
  const source = pullFrom(body)
  await turn(2)
  assert.is(reads, 0)
  await source.pull()
  await turn(2)
  const before = reads
  await turn(2)
  assert.is(reads, before)
  await source.close()
})

readable('no listener is left when it ends', async () => {
  const stream = new PassThrough()
  const before = listenersOf(stream)
  const body = toBody(stream)
  stream.end('ab')
  assert.is(textOf(await readBytes(body)), 'ab')
  await turn(2)
  assert.equal(listenersOf(stream), before)
})

readable('a thousand waits leave no listener more than one', async () => {
  const stream = new PassThrough()
  const source = pullFrom(toBody(stream))
  for (let i = 0; i < 1000; i++) {
    const pending = source.pull()
    stream.write('a')
    await pending
  }
  for (const event of ['readable', 'end', 'close'])
    assert.ok(stream.listenerCount(event) <= 1, event)
  await source.close()
})

readable('leaving early destroys it, and leaves no listener once it is closed', async () => {
  const stream = new PassThrough()
  const before = listenersOf(stream)
  const source = pullFrom(toBody(stream))
  stream.write('a')
  await source.pull()
  await source.close()
  await source.close()
  assert.ok(stream.destroyed)
  await turn(2)
  assert.equal(listenersOf(stream), before)
  assert.is(await source.pull(), undefined)
})

readable('leaving while a pull waits ends that pull', async () => {
  const stream = new PassThrough()
  const before = listenersOf(stream)
  const source = pullFrom(toBody(stream))
  const pending = Promise.resolve(source.pull())
  assert.is(await stateOf(pending), 'pending')
  await source.close()
  assert.is(await within(1000, pending), undefined)
  await turn(2)
  assert.equal(listenersOf(stream), before)
})

readable('one that is never read is destroyed by closeBody', async () => {
  const stream = new PassThrough()
  await closeBody(toBody(stream))
  assert.ok(stream.destroyed)
})

readable('an error before the first pull is kept for the reader', async () => {
  const stream = new PassThrough()
  const body = toBody(stream)
  stream.destroy(broken)
  await turn(2)
  const source = pullFrom(body)
  await rejects(async () => source.pull(), broken)
  assert.is(await source.pull(), undefined)
  await turn(2)
  assert.is(stream.listenerCount('error'), 0)
})

readable('an error from before it became a body is told too', async () => {
  const stream = new PassThrough()
  stream.on('error', () => {})
  stream.destroy(broken)
  await turn(2)
  await rejects(() => readText(toBody(stream)), broken)
})

readable('an error while a pull waits goes on to the reader, and leaves no listener', async () => {
  const stream = new PassThrough()
  const before = listenersOf(stream)
  const source = pullFrom(toBody(stream))
  const pending = Promise.resolve(source.pull())
  stream.destroy(broken)
  await rejects(() => within(1000, pending), broken)
  assert.is(await source.pull(), undefined)
  await turn(2)
  assert.equal(listenersOf(stream), before)
})

readable('an error of one that does not destroy itself destroys it', async () => {
  const stream = new Readable({
    autoDestroy: false,
    read() {
      this.emit('error', broken)
    },
  })
  const source = pullFrom(toBody(stream))
  await rejects(async () => within(1000, source.pull()), broken)
  assert.ok(stream.destroyed)
  await turn(2)
  assert.is(stream.listenerCount('error'), 0)
})

readable('one that is closed before its end is no end', async () => {
  const stream = new PassThrough()
  stream.write('a')
  const source = pullFrom(toBody(stream))
  await source.pull()
  const pending = Promise.resolve(source.pull())
  stream.destroy()
  await rejects(() => within(1000, pending), 'BODY_ENDED_EARLY')
  await turn(2)
  assert.is(stream.listenerCount('error'), 0)
})

readable('one that was closed before it became a body is no empty body', async () => {
  const stream = new PassThrough()
  stream.destroy()
  await turn(2)
  await rejects(() => readText(toBody(stream)), 'BODY_ENDED_EARLY')
})

readable("an error while it is destroyed is nobody's, and does not end the process", async () => {
  const caught = watchRejections()
  const stream = new Readable({
    read() {},
    destroy(_error, done) {
      setImmediate(() => done(broken))
    },
  })
  const source = pullFrom(toBody(stream))
  source.pull()
  await source.close()
  await turn(4)
  assert.equal(caught.reasons, [])
  assert.is(stream.listenerCount('error'), 0)
  caught.stop()
})

readable('an empty chunk in object mode is no end', async () => {
  assert.is(await readText(toBody(Readable.from(['', 'a', '', 'b', '']))), 'ab')
})

readable('an object that is none of ours is an error, and destroys it', async () => {
  const stream = Readable.from([{ a: 1 }])
  await rejects(() => readText(toBody(stream)), 'BODY_INVALID')
  assert.ok(stream.destroyed)
})

readable('what it has at once is told of once, and not a chunk', async () => {
  for (const objectMode of [false, true]) {
    let left = 1000
    const stream = new Readable({
      objectMode,
      read() {
        this.push(left-- > 0 ? Buffer.from('a') : null)
      },
    })
    const source = pullFrom(toBody(stream))
    const ticks = ticksIn(() => {
      for (let i = 0; i < 1000; i++) {
        const frame = source.pull()
        assert.ok(frame !== undefined && 'bytes' in frame, `a frame of ${i}`)
      }
    })
    assert.ok(ticks < 10, `${ticks} ticks`)
    assert.is(await source.pull(), undefined)
  }
})

readable('chunks over the mark are not joined, and so not copied', async () => {
  const chunk = Buffer.alloc(32)
  let left = 3
  const stream = new Readable({
    highWaterMark: 16,
    read() {
      this.push(left-- > 0 ? chunk : null)
    },
  })
  const source = pullFrom(toBody(stream))
  for (let i = 0; i < 3; i++) {
    const frame = await source.pull()
    assert.ok(frame !== undefined && isData(frame))
    assert.is(frame.bytes, chunk)
  }
  assert.is(await source.pull(), undefined)
})

readable('more than the mark is read without moving the mark', async () => {
  const stream = new Readable({ highWaterMark: 4, read() {} })
  const source = pullFrom(toBody(stream))
  stream.push('0123456789')
  stream.push(null)
  const frame = await source.pull()
  assert.ok(frame !== undefined && isData(frame))
  assert.is(textOf(frame.bytes), '0123456789')
  assert.is(stream.readableHighWaterMark, 4)
  assert.is(await source.pull(), undefined)
})

readable('a stalled reader stops the source', async () => {
  let pushed = 0
  const stream = new Readable({
    highWaterMark: 16,
    read() {
      pushed++
      this.push(Buffer.alloc(16))
    },
  })
  const source = pullFrom(toBody(stream))
  await source.pull()
  await turn(10)
  const before = pushed
  await turn(10)
  assert.is(pushed, before)
  assert.ok(pushed < 5)
  await source.close()
})

readable(
  'a stream that other code resumes while it is read loses nothing, as that of a child that exits',
  async () => {
    const stream = new Readable({ read() {} })
    const source = pullFrom(toBody(stream))
    const next = async () => {
      const frame = await source.pull()
      return frame !== undefined && isData(frame) ? textOf(frame.bytes) : 'end'
    }
    stream.push('one')
    assert.is(await next(), 'one')
    stream.push('two')
    stream.resume()
    await turn(2)
    stream.push(null)
    assert.is(await next(), 'two')
    assert.is(await next(), 'end')
    assert.is(stream.listenerCount('readable'), 0)
  },
)

readable('the end of a transform that fails in its flush is its error', async () => {
  const stream = new Transform({
    transform(chunk, _encoding, done) {
      done(null, chunk)
    },
    flush(done) {
      done(broken)
    },
  })
  stream.end('a')
  await rejects(() => readText(toBody(stream)), broken)
})

readable.run()
