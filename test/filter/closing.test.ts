// How bodies with filters end: errors at every place, leaving at every place, receipts, closing once.
import { closeBody, data, isFlush, noFields, toBody } from '@sluice/body'
import { fromPull, hearReceiptErrors, pullFrom } from '@sluice/body/engine'
import { dropFlush, filter, frameFilter, pipe, tap } from '@sluice/filter'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { answerShapes } from '../support/server/answers.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Data, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ByteSteps, FrameSteps } from '@sluice/filter'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields }
const broken = new Error('it broke')
const frames: AnyFrame[] = [...chunks('a'), { kind: 'flush' }, ...chunks('b'), trailers]

/** Steps that pass everything, and count how often they are closed. */
const counted = (steps: Partial<ByteSteps> = {}) => {
  const seen = { closes: 0, made: 0 }
  const make = filter('counted', () => {
    seen.made++
    return {
      data: (bytes) => bytes,
      ...steps,
      close() {
        seen.closes++
        return steps.close?.()
      },
    }
  })
  return { filter: make, seen }
}

const countedFrames = (steps: Partial<FrameSteps> = {}) => {
  const seen = { closes: 0 }
  const make = frameFilter('counted', () => ({
    frame: (frame) => frame,
    ...steps,
    close() {
      seen.closes++
      return steps.close?.()
    },
  }))
  return { filter: make, seen }
}

const drain = async (reading: Pull<AnyFrame>): Promise<void> => {
  while ((await within(2000, reading.pull())) !== undefined);
}

const fail = (): never => {
  throw broken
}

/** Ways of failing: at the call, in a promise, in items at once and later. */
const failures: Readonly<
  Record<string, () => never | Promise<never> | Generator<never> | AsyncGenerator<never>>
> = {
  'at the call': () => {
    throw broken
  },
  'in a promise': async () => {
    throw broken
  },
  'in a late promise': async () => {
    await turn()
    throw broken
  },
  'in a generator': function* () {
    yield fail()
  },
  'in an async generator': async function* () {
    await turn()
    yield fail()
  },
}

const errors = suite('filter: an error goes on, everything is closed once, nothing follows')

for (const [how, fail] of Object.entries(failures))
  for (const later of [false, true]) {
    const places: Readonly<Record<string, Parameters<typeof counted>[0]>> = {
      data: { data: fail },
      'release at a flush': { release: (why) => (why === 'flush' ? fail() : undefined) },
      'release at the trailers': { release: (why) => (why === 'trailers' ? fail() : undefined) },
      'release at the end': { release: (why) => (why === 'end' ? fail() : undefined) },
    }
    for (const [place, steps] of Object.entries(places))
      errors(`${place}, ${how}${later ? ', source later' : ''}`, async () => {
        const [before, failing, after] = [counted(), counted(steps), counted()]
        const source = watched(frames, { later })
        const body = pipe(source.body, before.filter, failing.filter, after.filter)
        const reading = pullFrom(body)
        await rejects(() => drain(reading), broken)
        assert.is(await reading.pull(), undefined)
        await reading.close()
        await turn(2)
        assert.equal([before.seen.closes, failing.seen.closes, after.seen.closes], [1, 1, 1])
        assert.is(source.closes, 1)
      })
    for (const place of ['frame', 'end'] as const)
      errors(`${place} of a frame filter, ${how}${later ? ', source later' : ''}`, async () => {
        const [before, failing, after] = [counted(), countedFrames({ [place]: fail }), counted()]
        const source = watched(frames, { later })
        const reading = pullFrom(pipe(source.body, before.filter, failing.filter, after.filter))
        await rejects(() => drain(reading), broken)
        assert.is(await reading.pull(), undefined)
        assert.equal([before.seen.closes, failing.seen.closes, after.seen.closes], [1, 1, 1])
        assert.is(source.closes, 1)
      })
  }

errors('of the source, at once and later, after what came before', async () => {
  for (const later of [false, true]) {
    const one = counted()
    const source = watched(chunks('a'), { later, error: broken })
    assert.equal(await words(one.filter(source.body)), ['data a', 'error it broke'])
    assert.is(one.seen.closes, 1)
  }
})

errors('in making a filter: those that were made are closed, and the source', async () => {
  const [before, after] = [counted(), counted()]
  const never = filter('never', () => {
    throw broken
  })
  const source = watched(frames)
  const reading = pullFrom(pipe(source.body, before.filter, never, after.filter))
  await rejects(async () => reading.pull(), broken)
  assert.equal([before.seen.closes, after.seen.made, source.closes], [1, 0, 1])
  assert.is(reading.pull(), undefined)
})

for (const async of [false, true]) {
  const fail = () => {
    if (async) return Promise.reject(broken)
    throw broken
  }
  const name = async ? 'in a promise' : 'at the call'
  errors(`of close at the end, ${name}: it is told, and the others are closed`, async () => {
    const [before, failing, after] = [counted(), counted({ close: fail }), counted()]
    const source = watched(chunks('a'))
    assert.equal(await words(pipe(source.body, before.filter, failing.filter, after.filter)), [
      'data a',
      'error it broke',
    ])
    assert.equal([before.seen.closes, failing.seen.closes, after.seen.closes], [1, 1, 1])
  })
  errors(`of close when it is left early, ${name}: close tells it`, async () => {
    const [before, failing, after] = [counted(), counted({ close: fail }), counted()]
    const source = watched(frames)
    const reading = pullFrom(pipe(source.body, before.filter, failing.filter, after.filter))
    await reading.pull()
    await rejects(async () => reading.close(), broken)
    await reading.close()
    assert.equal([before.seen.closes, failing.seen.closes, after.seen.closes], [1, 1, 1])
    assert.is(source.closes, 1)
  })
  errors(`of closing the source, ${name}: the filters are closed`, async () => {
    const one = counted()
    const source = watched(frames, { closeError: broken, later: async })
    const reading = pullFrom(one.filter(source.body))
    await reading.pull()
    await rejects(async () => reading.close(), broken)
    assert.is(one.seen.closes, 1)
  })
  errors(`of close after another error, ${name}: the first one is told`, async () => {
    const first = new Error('the first')
    const failing = counted({
      data() {
        throw first
      },
      close: fail,
    })
    const source = watched(frames, { closeError: broken, later: async })
    await rejects(() => drain(pullFrom(failing.filter(source.body))), first)
    assert.is(source.closes, 1)
  })
}

errors('an error waits for a close that has to wait', async () => {
  const gate = deferred()
  const failing = counted({
    data() {
      throw broken
    },
    close: () => gate.promise,
  })
  const pending = Promise.resolve(pullFrom(failing.filter(watched(frames).body)).pull())
  assert.is(await stateOf(pending), 'pending')
  gate.resolve()
  await rejects(() => pending, broken)
})

errors.run()

const leaving = suite('filter: leaving early')

leaving('never pulled: the source is closed once, and no filter is made', async () => {
  const one = counted()
  const source = watched(frames)
  const body = one.filter(source.body)
  await closeBody(body)
  await closeBody(body)
  assert.equal([one.seen.made, one.seen.closes, source.closes, source.pulls], [0, 0, 1, 0])
})

leaving(
  'after each frame, at once and later: all are closed once, and nothing follows',
  async () => {
    for (const later of [false, true])
      for (let taken = 1; taken <= frames.length; taken++) {
        const [one, two] = [counted(), countedFrames()]
        const source = watched(frames, { later })
        const reading = pullFrom(pipe(source.body, one.filter, two.filter))
        for (let i = 0; i < taken; i++) await reading.pull()
        await Promise.all([reading.close(), reading.close()])
        await reading.close()
        assert.equal([one.seen.closes, two.seen.closes, source.closes], [1, 1, 1])
        assert.is(await reading.pull(), undefined)
      }
  },
)

leaving('break, and return before the first frame', async () => {
  const one = counted()
  const source = watched(frames)
  for await (const frame of one.filter(source.body)) {
    assert.is(frame.kind, 'data')
    break
  }
  assert.equal([one.seen.closes, source.closes], [1, 1])
  const unread = watched(frames)
  await one.filter(unread.body)[Symbol.asyncIterator]().return?.()
  assert.equal([one.seen.closes, unread.closes], [1, 1])
})

leaving('everything that is there at once is closed without a promise', () => {
  const one = counted()
  const reading = pullFrom(one.filter(watched(frames).body))
  reading.pull()
  assert.is(reading.close(), undefined)
})

leaving(
  'while the source is waited for: nothing comes of that pull, whatever it gives',
  async () => {
    for (const finish of ['give', 'end', 'fail', 'flush'] as const) {
      const one = counted()
      const told: unknown[] = []
      const source = handFed<Frame>()
      const reading = pullFrom(one.filter(source.body))
      const pending = Promise.resolve(reading.pull())
      await reading.close()
      assert.equal([one.seen.closes, source.closes], [1, 1])
      if (finish === 'give') source.give(data(utf8('a')))
      else if (finish === 'flush') source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
      else if (finish === 'end') source.end()
      else source.fail(broken)
      assert.is(await within(1000, pending), undefined)
      assert.is(told.length, finish === 'flush' ? 1 : 0)
      assert.equal([one.seen.closes, source.closes], [1, 1])
    }
  },
)

for (const [what, make] of Object.entries({
  data: (gate: Promise<unknown>) => counted({ data: () => gate.then(() => utf8('late')) }),
  release: (gate: Promise<unknown>) =>
    counted({ data: () => undefined, release: () => gate.then(() => utf8('late')) }),
  'an item': (gate: Promise<unknown>) =>
    counted({
      async *data(bytes) {
        await gate
        yield bytes
      },
    }),
}))
  leaving(`while ${what} is waited for: nothing comes of it, and all are closed once`, async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const caught = watchRejections()
      const gate = deferred<unknown>()
      const one = make(gate.promise)
      const after = counted()
      const source = watched(frames)
      const reading = pullFrom(pipe(source.body, one.filter, after.filter))
      const pending = Promise.resolve(reading.pull())
      assert.is(await stateOf(pending), 'pending')
      const closing = Promise.resolve(reading.close())
      assert.equal([one.seen.closes, after.seen.closes, source.closes], [1, 1, 1])
      gate[settle](broken)
      assert.is(await within(1000, pending), undefined)
      await within(1000, closing).catch((error) => assert.is(error, broken))
      await turn(2)
      assert.equal([one.seen.closes, after.seen.closes, source.closes], [1, 1, 1])
      assert.equal(caught.reasons, [])
      caught.stop()
    }
  })

leaving('among the items of an answer: the rest is left, with its finally', async () => {
  for (const later of [false, true]) {
    let left = 0
    const items = later
      ? async function* () {
          try {
            for (;;) yield utf8('x')
          } finally {
            left++
          }
        }
      : function* () {
          try {
            for (;;) yield utf8('x')
          } finally {
            left++
          }
        }
    const one = counted({ data: items })
    const source = watched(frames)
    const reading = pullFrom(pipe(source.body, one.filter, one.filter))
    await reading.pull()
    await reading.close()
    assert.is(left, 2)
    assert.equal([one.seen.closes, source.closes], [2, 1])
  }
})

leaving('items that fail are not left too', async () => {
  let left = 0
  const items: Iterable<Uint8Array> = {
    [Symbol.iterator]: () => ({
      next: fail,
      return() {
        left++
        return { done: true, value: undefined }
      },
    }),
  }
  await rejects(
    () => drain(pullFrom(counted({ data: () => items }).filter(watched(frames).body))),
    broken,
  )
  assert.is(left, 0)
})

leaving('an answer that comes after the close is let go', async () => {
  let cancelled = 0
  const gate = deferred()
  const one = counted({
    async data() {
      await gate.promise
      return new ReadableStream({
        cancel() {
          cancelled++
        },
      })
    },
  })
  const reading = pullFrom(one.filter(watched(frames).body))
  const pending = reading.pull()
  await reading.close()
  gate.resolve()
  assert.is(await pending, undefined)
  await turn(2)
  assert.is(cancelled, 1)
})

leaving('a generator of a step that closes its own body is left once it has yielded', async () => {
  for (const later of [false, true])
    for (const wait of later ? [false, true] : [false]) {
      const told: unknown[] = []
      const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
      let left = 0
      const close = () => {
        closing = reading.close()
      }
      const one = countedFrames({
        frame: later
          ? async function* () {
              try {
                if (wait) await turn()
                close()
                yield flush
              } finally {
                left++
              }
            }
          : function* () {
              try {
                close()
                yield flush
              } finally {
                left++
              }
            },
      })
      let closing: unknown
      const source = watched(chunks('a', 'b'))
      const reading = pullFrom(one.filter(source.body))
      assert.is(await within(1000, reading.pull()), undefined)
      await closing
      await turn()
      assert.equal([left, told.length, source.closes, one.seen.closes], [1, 1, 1, 1])
    }
})

leaving('a step that closes its own body ends it, and no later frame comes', async () => {
  for (const { give, name } of answerShapes) {
    const source = watched(frames)
    const after = countedFrames()
    const closer = counted({
      data(bytes) {
        closing = reading.close()
        return give(bytes)
      },
    })
    let closing: unknown
    const reading = pullFrom(pipe(source.body, closer.filter, after.filter))
    assert.is(await within(1000, reading.pull()), undefined, name)
    await closing
    assert.is(await reading.pull(), undefined, name)
    assert.equal([source.closes, source.pulls, closer.seen.closes, after.seen.closes], [1, 1, 1, 1])
  }
})

leaving(
  'a filter that closes its own body as it is made is closed, and none is made after it',
  async () => {
    const source = watched(frames)
    let closes = 0
    let made = 0
    const closer = filter('closer', () => {
      reading.close()
      return {
        data: (bytes) => bytes,
        close() {
          closes++
        },
      }
    })
    const after = filter('after', () => {
      made++
      return { data: (bytes) => bytes }
    })
    const reading: Pull<AnyFrame> = pullFrom(pipe(source.body, closer, after))
    assert.is(await within(1000, reading.pull()), undefined)
    assert.equal([source.closes, source.pulls, closes, made], [1, 0, 1, 0])
  },
)

leaving.run()

const receipts = suite('filter: receipts')

interface Told {
  readonly flush: Flush
  readonly said: unknown[]
}

const flushed = (): Told => {
  const said: unknown[] = []
  return { said, flush: { kind: 'flush', sent: (lost) => said.push(lost) } }
}

const isLost = async ({ said }: Told): Promise<void> => {
  assert.is(said.length, 1, 'told once')
  await rejects(() => Promise.reject(said[0]), 'FLUSH_LOST')
}

receipts('a flush that is passed on is not told by the filters', async () => {
  const told = flushed()
  const reading = pullFrom(counted().filter(watched<Frame>([told.flush]).body))
  assert.is(reading.pull(), told.flush)
  await reading.close()
  assert.equal(told.said, [])
})

receipts('one that waits behind what is let go is told when the body is closed', async () => {
  const told = flushed()
  const one = counted({ data: () => undefined, release: () => [utf8('a'), utf8('b')] })
  const reading = pullFrom(one.filter(watched<Frame>([...chunks('x'), told.flush]).body))
  await reading.pull()
  await reading.close()
  await isLost(told)
})

receipts('one before which a step fails is told, however it fails', async () => {
  for (const fail of Object.values(failures)) {
    const told = flushed()
    const one = counted({ release: fail })
    await rejects(() => drain(pullFrom(one.filter(watched<Frame>([told.flush]).body))), broken)
    await isLost(told)
  }
})

receipts('one at which a frame filter fails is told, however it fails', async () => {
  for (const fail of Object.values(failures)) {
    const told = flushed()
    const one = countedFrames({ frame: fail })
    await rejects(() => drain(pullFrom(one.filter(watched<Frame>([told.flush]).body))), broken)
    await isLost(told)
  }
})

receipts(
  'one that is still to come of a generator is told, and one that has come is not',
  async () => {
    for (const later of [false, true])
      for (const place of [0, 1]) {
        const told = flushed()
        const one = countedFrames({
          frame: (frame) => {
            const items = place === 0 ? [frame, data(utf8('a'))] : [data(utf8('a')), frame]
            return later
              ? (async function* () {
                  yield* items
                })()
              : new Set(items)
          },
        })
        const reading = pullFrom(one.filter(watched<Frame>([told.flush]).body))
        await reading.pull()
        await reading.close()
        if (place === 0) assert.equal(told.said, [])
        else await isLost(told)
      }
  },
)

receipts('one before which a generator is asked for after the close is told', async () => {
  const told = flushed()
  const gate = deferred()
  const one = countedFrames({
    async frame(frame) {
      await gate.promise
      return (function* () {
        yield frame
      })()
    },
  })
  const reading = pullFrom(one.filter(watched<Frame>([told.flush]).body))
  const pending = reading.pull()
  await reading.close()
  gate.resolve()
  assert.is(await pending, undefined)
  await isLost(told)
})

receipts('one at which the listener of tap fails is told', async () => {
  const told = flushed()
  const listen = tap(() => ({
    frame() {
      throw broken
    },
  }))
  await rejects(() => drain(pullFrom(listen(watched<Frame>([told.flush]).body))), broken)
  await isLost(told)
})

receipts(
  'one in an answer that comes after the close is told, in every shape that is there',
  async () => {
    for (const name of ['a promise', 'a late promise', 'a promise of an array']) {
      const shape = answerShapes.find((each) => each.name === name)
      if (shape === undefined) throw new Error(name)
      const told = flushed()
      const one = countedFrames({ frame: (frame) => shape.give(frame) })
      const reading = pullFrom(one.filter(watched<Frame>([told.flush]).body))
      const pending = reading.pull()
      await reading.close()
      assert.is(await pending, undefined)
      await isLost(told)
    }
  },
)

receipts('those of an array that were not taken are told', async () => {
  const all = [flushed(), flushed(), flushed()]
  const one = countedFrames({ frame: () => all.map(({ flush }) => flush) })
  const reading = pullFrom(one.filter(watched(chunks('a')).body))
  assert.is(reading.pull(), all[0]?.flush)
  await reading.close()
  assert.equal(all[0]?.said, [])
  for (const told of all.slice(1)) await isLost(told)
})

receipts('one that a generator yields after the close is told', async () => {
  const told = flushed()
  const gate = deferred()
  const one = countedFrames({
    async *frame() {
      await gate.promise
      yield told.flush
    },
  })
  const reading = pullFrom(one.filter(watched(chunks('a')).body))
  const pending = reading.pull()
  const closing = reading.close()
  gate.resolve()
  assert.is(await within(1000, pending), undefined)
  await closing
  await isLost(told)
})

receipts('one behind the trailers is told', async () => {
  const told = flushed()
  const body = counted().filter(watched<Frame>([trailers, told.flush]).body)
  await rejects(() => drain(pullFrom(body)), 'BODY_INVALID')
  await isLost(told)
})

receipts('dropFlush tells each that it is lost', async () => {
  const told = flushed()
  assert.equal(await words(dropFlush(toBody([told.flush, 'a']))), ['data a', 'end'])
  await isLost(told)
})

receipts(
  'a receipt that throws while the body is closed does not keep the rest from it',
  async () => {
    const one = counted({ data: () => undefined, release: () => [utf8('a'), utf8('b')] })
    const flush: Flush = {
      kind: 'flush',
      sent() {
        throw broken
      },
    }
    const source = watched<Frame>([...chunks('x'), flush])
    const reading = pullFrom(one.filter(source.body))
    await reading.pull()
    const heard: unknown[] = []
    const stop = hearReceiptErrors((error) => heard.push(error))
    await reading.close()
    stop()
    assert.equal([one.seen.closes, source.closes], [1, 1])
    assert.ok(heard.length === 1 && heard[0] === broken)
  },
)

receipts(
  'a flush that a generator still works at when the body is closed is told once',
  async () => {
    const told: unknown[] = []
    const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
    const may = deferred()
    const slow = frameFilter('slow', () => ({
      async *frame(frame) {
        await may.promise
        yield frame
      },
    }))
    const reading = pullFrom(slow(watched<Frame>([flush]).body))
    const pending = reading.pull()
    const closing = reading.close()
    assert.is(told.length, 1)
    may.resolve()
    await closing
    assert.is(await pending, undefined)
    await turn()
    assert.is(told.length, 1)
  },
)

receipts('a flush behind what a step lets go while it closes its own body is told', async () => {
  for (const give of [(bytes: Uint8Array) => bytes, (bytes: Uint8Array) => [bytes]]) {
    const told: unknown[] = []
    const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
    const closer = counted({
      data: () => undefined,
      release() {
        reading.close()
        return give(utf8('held'))
      },
    })
    const reading: Pull<AnyFrame> = pullFrom(
      closer.filter(watched<Frame>([...chunks('a'), flush]).body),
    )
    assert.is(await within(1000, reading.pull()), undefined)
    assert.is(told.length, 1)
  }
})

receipts('a flush among what a step gives that closes its own body is told', async () => {
  const told: unknown[] = []
  const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  const closer = countedFrames({
    frame(frame) {
      reading.close()
      return [frame]
    },
  })
  const reading: Pull<AnyFrame> = pullFrom(closer.filter(watched<Frame>([flush]).body))
  assert.is(await within(1000, reading.pull()), undefined)
  assert.is(told.length, 1)
})

receipts('a flush is told where what a step gives for it cannot be taken', async () => {
  const told: unknown[] = []
  const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  const failing = countedFrames({
    frame: () => ({
      [Symbol.iterator]() {
        throw broken
      },
    }),
  })
  assert.equal(await words(failing.filter(watched<Frame>([flush]).body)), ['error it broke'])
  assert.is(told.length, 1)
})

receipts.run()

const generators = suite('pipe: generators between filters')

const shout = async function* (body: Body<Frame>): AsyncGenerator<Frame> {
  yield* chunks('head')
  for await (const frame of body) yield isFlush(frame) ? frame : frame
}

generators('never started: the source is closed once', async () => {
  for (const body of [
    (source: Body<Frame>) => pipe(source, shout),
    (source: Body<Frame>) => pipe(source, shout, counted().filter),
    (source: Body<Frame>) => pipe(source, counted().filter, shout, shout),
  ]) {
    const source = watched<Frame>(chunks('a'))
    await closeBody(body(source.body))
    assert.is(source.closes, 1)
    assert.is(source.pulls, 0)
  }
})

generators('left before its loop: the source is closed once', async () => {
  const source = watched<Frame>(chunks('a'))
  const reading = pullFrom(pipe(source.body, shout))
  await reading.pull()
  await reading.close()
  assert.equal([source.closes, source.pulls], [1, 0])
})

generators('left in its loop: the source is closed once', async () => {
  const source = watched<Frame>(chunks('a', 'b'))
  const reading = pullFrom(pipe(source.body, counted().filter, shout))
  await reading.pull()
  await reading.pull()
  await reading.close()
  assert.is(source.closes, 1)
})

generators('one that ends, or fails, without reading its source closes it', async () => {
  for (const end of [undefined, broken]) {
    const source = watched<Frame>(chunks('a'))
    const own = async function* (_body: Body<Frame>): AsyncGenerator<Frame> {
      yield* chunks('own')
      if (end !== undefined) throw end
    }
    const wanted = end === undefined ? 'end' : 'error it broke'
    assert.equal(await words(pipe(source.body, own)), ['data own', wanted])
    assert.equal([source.closes, source.pulls], [1, 0])
  }
})

generators('read to its end: the source is not closed on top', async () => {
  const source = watched<Frame>(chunks('a'))
  assert.equal(await words(pipe(source.body, shout)), ['data head', 'data a', 'end'])
  assert.is(source.closes, 0)
})

generators('what closing the source throws comes out of close', async () => {
  const source = watched<Frame>(chunks('a'), { closeError: broken })
  await rejects(() => closeBody(pipe(source.body, shout)), broken)
})

for (const [name, around] of Object.entries({
  toBody: (body: Body<Frame>) => toBody(shout(body)),
  'a filter': (body: Body<Frame>) => counted().filter(shout(body)),
  'a filter and toBody': (body: Body<Frame>) => counted().filter(toBody(shout(body))),
})) {
  generators(
    `inside ${name}: closing it unread, and at any frame, closes the source once`,
    async () => {
      for (let pulls = 0; pulls < 3; pulls++) {
        const source = watched<Frame>(chunks('a', 'b'))
        const reading = pullFrom(pipe(source.body, around))
        for (let i = 0; i < pulls; i++) await reading.pull()
        await reading.close()
        assert.is(source.closes, 1)
      }
    },
  )
}

/** Functions that make a body which never comes to read its source. */
const failingBodies: Readonly<Record<string, () => Body<Frame>>> = {
  'whose next() throws': () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
  'whose next() rejects': () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(broken) }),
  }),
  'whose iterator cannot be made': () => ({ [Symbol.asyncIterator]: fail }),
  'whose pull() throws': () => fromPull(() => ({ pull: fail, close() {} })),
  'whose reading cannot start': () => fromPull(fail),
  'whose next() throws, inside toBody': () =>
    toBody<Frame>({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
}

for (const [name, make] of Object.entries(failingBodies)) {
  generators(
    `a body ${name}: the source is closed once, and the reader gets the error`,
    async () => {
      const source = watched<Frame>(chunks('a'))
      await rejects(async () => drain(pullFrom(pipe(source.body, make))), broken)
      await turn()
      assert.equal([source.closes, source.pulls], [1, 0])
    },
  )
}

generators('a function that throws at its call: what stands before it is closed once', async () => {
  const befores: readonly ((body: Body<Frame>) => Body<Frame>)[][] = [
    [],
    [shout],
    [counted().filter],
    [counted().filter, shout],
  ]
  for (const before of befores) {
    const source = watched<Frame>(chunks('a'))
    throwsAtOnce(() => pipe(source.body, ...before, fail), broken)
    await turn()
    assert.is(source.closes, 1)
  }
})

generators.run()
