// Steps that want to be woken while the source is quiet. Order against events: a delay of 0 or 1 against one of minutes.
import { data } from '@sluice/body'
import { hearReceiptErrors, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter, pipe } from '@sluice/filter'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { timersSet } from '../support/bodies/left-over.ts'
import { words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Data, Frame } from '@sluice/body'

const minutes = 600_000
const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const broken = new Error('it broke')

/** Holds everything, and lets it go after `idleMs()` of quiet. */
const holding = (idleMs: () => number | undefined) =>
  filter('holding', () => {
    let held = ''
    const release = () => {
      const bytes = utf8(held)
      held = ''
      return bytes.length === 0 ? undefined : bytes
    }
    return {
      data(bytes) {
        held += textOf(bytes)
        return undefined
      },
      release,
      idleMs: () => (held === '' ? undefined : idleMs()),
    }
  })

const shown = (frame: AnyFrame | undefined): string | undefined =>
  frame !== undefined && 'bytes' in frame && frame.bytes instanceof Uint8Array
    ? textOf(frame.bytes)
    : frame?.kind

const idle = suite('idleMs')

idle(
  'what is held leaves when the source stays quiet, and the source is not asked again',
  async () => {
    const source = handFed<Data>()
    const reading = pullFrom(holding(() => 1)(source.body))
    const first = Promise.resolve(reading.pull())
    source.give(data(utf8('a')))
    assert.is(shown(await within(2000, first)), 'a')
    assert.is(source.pulls, 2)
    const second = Promise.resolve(reading.pull())
    assert.is(await stateOf(second), 'pending')
    assert.is(source.pulls, 2)
    source.give(data(utf8('b')))
    assert.is(shown(await within(2000, second)), 'b')
    const third = Promise.resolve(reading.pull())
    source.end()
    assert.is(await within(2000, third), undefined)
    assert.is(timersSet(), 0)
  },
)

idle('a source that comes in time stops the clock', async () => {
  const source = handFed<Data>()
  const reading = pullFrom(holding(() => minutes)(source.body))
  const pending = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  await turn()
  source.give(data(utf8('b')))
  await turn()
  source.end()
  assert.is(shown(await within(2000, pending)), 'ab')
  assert.is(await reading.pull(), undefined)
})

idle('nobody is asked while frames are there at once', async () => {
  let asked = 0
  const count = filter('count', () => ({
    data: (bytes) => bytes,
    idleMs() {
      asked++
      return 0
    },
  }))
  await words(count(watched(chunks('a', 'b', 'c')).body))
  assert.is(asked, 0)
})

idle('undefined and Infinity set no clock', async () => {
  for (const delayMs of [undefined, Number.POSITIVE_INFINITY]) {
    const source = handFed<Data>()
    const reading = pullFrom(holding(() => delayMs)(source.body))
    const pending = Promise.resolve(reading.pull())
    source.give(data(utf8('a')))
    await turn()
    assert.ok(source.waiting)
    assert.is(timersSet(), 0)
    source.end()
    assert.is(shown(await within(2000, pending)), 'a')
  }
})

idle('a delay longer than a timer can be does not come at once', async () => {
  const source = handFed<Data>()
  const reading = pullFrom(holding(() => 2 ** 40)(source.body))
  const pending = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(await stateOf(pending), 'pending')
  await reading.close()
  assert.is(timersSet(), 0)
})

idle(
  'the one that wants it first is woken first, and what it gives goes through the others',
  async () => {
    const order: string[] = []
    const named = (name: string, delayMs: number) =>
      frameFilter(name, () => {
        let done = false
        return {
          frame(frame) {
            if (frame.kind !== 'data') order.push(`${name} saw ${frame.kind}`)
            return frame
          },
          idleMs: () => (done ? undefined : delayMs),
          idle() {
            done = true
            order.push(`${name} woken`)
            return { kind: `of ${name}` }
          },
        }
      })
    const source = handFed<Frame>()
    const reading = pullFrom(
      pipe(source.body, named('late', 20), named('soon', 0), named('last', 40)),
    )
    assert.is(shown(await within(2000, reading.pull())), 'of soon')
    assert.is(shown(await within(2000, reading.pull())), 'of late')
    assert.is(shown(await within(2000, reading.pull())), 'of last')
    assert.equal(order, [
      'soon woken',
      'last saw of soon',
      'late woken',
      'soon saw of late',
      'last saw of late',
      'last woken',
    ])
    await reading.close()
  },
)

idle('one that wakes again and again does not put off another', async () => {
  let ticks = 0
  let quiet = false
  const ticking = frameFilter('ticking', () => ({
    frame: (frame) => frame,
    idleMs: () => 1,
    idle() {
      ticks++
      return undefined
    },
  }))
  const once = frameFilter('once', () => ({
    frame: (frame) => frame,
    idleMs: () => (quiet ? undefined : 25),
    idle() {
      quiet = true
      return { kind: 'quiet' }
    },
  }))
  for (const stack of [
    [ticking, once],
    [once, ticking],
  ] as const) {
    quiet = false
    ticks = 0
    const source = handFed<Data>()
    const reading = pullFrom(pipe(source.body, ...stack))
    assert.is(shown(await within(2000, reading.pull())), 'quiet')
    assert.ok(ticks > 0)
    await reading.close()
  }
})

idle('the clock starts anew when the source has given something', async () => {
  const wakes: number[] = []
  let seen = 0
  const count = filter('count', () => ({
    data(bytes) {
      seen += bytes.length
      return undefined
    },
    release() {
      wakes.push(seen)
      return undefined
    },
    idleMs: () => (wakes.includes(seen) ? undefined : 1),
  }))
  const source = handFed<Data>()
  const reading = pullFrom(count(source.body))
  const pending = reading.pull()
  const waited = async (count: number) => {
    while (wakes.length < count) await turn()
  }
  await within(2000, waited(1))
  source.give(data(utf8('a')))
  await within(2000, waited(2))
  source.end()
  await within(2000, pending)
  assert.equal(wakes, [0, 1, 1])
})

idle('what was wanted before the source gave something is wanted no more', async () => {
  let seen = 0
  let woken = 0
  const one = filter('one', () => ({
    data(bytes) {
      seen += bytes.length
      return undefined
    },
    release() {
      if (seen > 0) woken++
      return undefined
    },
    idleMs: () => (seen === 0 ? 5 : minutes),
  }))
  const source = handFed<Data>()
  const reading = pullFrom(one(source.body))
  const pending = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.is(woken, 0)
  await reading.close()
  source.end()
  await pending
})

idle('an answer that has to be waited for, items, and none', async () => {
  for (const answer of [
    async () => utf8('x'),
    () => [utf8('x')],
    async function* () {
      await turn()
      yield utf8('x')
    },
  ]) {
    let woken = 0
    const one = filter('one', () => ({
      data: (bytes) => bytes,
      release: (why) => (why === 'idle' && woken++ === 1 ? answer() : undefined),
      idleMs: () => (woken < 3 ? 0 : undefined),
    }))
    const source = handFed<Data>()
    const reading = pullFrom(one(source.body))
    assert.is(shown(await within(2000, reading.pull())), 'x')
    const pending = Promise.resolve(reading.pull())
    source.end()
    assert.is(await within(2000, pending), undefined)
  }
})

idle('a frame that comes while the answer is waited for is not lost', async () => {
  let woken = false
  const one = filter('one', () => ({
    data: (bytes) => bytes,
    async release() {
      woken = true
      await turn(2)
      return utf8('x')
    },
    idleMs: () => (woken ? undefined : 0),
  }))
  const source = handFed<Data>()
  const reading = pullFrom(one(source.body))
  const first = Promise.resolve(reading.pull())
  while (!woken) await turn()
  source.give(data(utf8('a')))
  assert.is(shown(await within(2000, first)), 'x')
  assert.is(shown(await within(2000, reading.pull())), 'a')
  assert.is(source.pulls, 1)
  await reading.close()
})

idle(
  "an error that comes while nobody waits is told at the next pull, and is nobody's after the close",
  async () => {
    for (const close of [false, true]) {
      let woken = false
      const one = frameFilter('one', () => ({
        frame: (frame) => frame,
        idleMs: () => (woken ? undefined : 0),
        idle() {
          woken = true
          return { kind: 'tick' }
        },
      }))
      const source = handFed<Data>()
      const reading = pullFrom(one(source.body))
      assert.is(shown(await within(2000, reading.pull())), 'tick')
      source.fail(broken)
      await turn()
      if (close) await reading.close()
      else await rejects(async () => reading.pull(), broken)
      assert.is(await reading.pull(), undefined)
      assert.is(source.closes, 1)
    }
  },
)

idle('an error in idleMs or idle fails the body', async () => {
  const throwing = () => {
    throw broken
  }
  for (const steps of [{ idleMs: throwing }, { idleMs: () => 0, idle: throwing }]) {
    const source = handFed<Data>()
    const one = frameFilter('one', () => ({ frame: (frame) => frame, ...steps }))
    await rejects(async () => within(2000, pullFrom(one(source.body)).pull()), broken)
    assert.is(source.closes, 1)
    assert.is(timersSet(), 0)
  }
})

idle('leaving early stops the clock', async () => {
  const source = handFed<Data>()
  const reading = pullFrom(holding(() => minutes)(source.body))
  const pending = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  await turn()
  assert.is(timersSet(), 1)
  await reading.close()
  assert.is(timersSet(), 0)
  source.end()
  assert.is(await within(2000, pending), undefined)
})

idle('a flush that came and was not taken is told that it is lost', async () => {
  const told: unknown[] = []
  let woken = false
  const one = frameFilter('one', () => ({
    frame: (frame) => frame,
    idleMs: () => (woken ? undefined : 0),
    idle() {
      woken = true
      return { kind: 'tick' }
    },
  }))
  const source = handFed<Frame>()
  const reading = pullFrom(one(source.body))
  await within(2000, reading.pull())
  source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
  await turn()
  await reading.close()
  assert.is(told.length, 1)
})

idle(
  'a flush that comes after the body was closed, or has failed, is told that it is lost',
  async () => {
    for (const fails of [false, true]) {
      const told: unknown[] = []
      let asked = 0
      const one = frameFilter('one', () => ({
        frame: (frame) => frame,
        idleMs() {
          if (asked++ > 0 && fails) throw broken
          return asked > 1 ? undefined : 0
        },
        idle: () => (fails ? undefined : { kind: 'tick' }),
      }))
      const source = handFed<Frame>()
      const reading = pullFrom(one(source.body))
      if (fails) await rejects(() => within(2000, reading.pull()), broken)
      else await within(2000, reading.pull())
      await reading.close()
      source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
      await turn()
      assert.is(told.length, 1)
    }
  },
)

idle('a receipt that throws does not keep the source from being closed', async () => {
  let closes = 0
  const one = frameFilter('one', () => {
    let woken = false
    return {
      frame: (frame) => frame,
      idleMs: () => (woken ? undefined : 0),
      idle() {
        woken = true
        return { kind: 'tick' }
      },
      close() {
        closes++
      },
    }
  })
  const source = handFed<Frame>()
  const reading = pullFrom(one(source.body))
  await within(2000, reading.pull())
  const sent = () => {
    throw broken
  }
  source.give({ kind: 'flush', sent })
  await turn()
  const heard: unknown[] = []
  const stop = hearReceiptErrors((error) => heard.push(error))
  await reading.close()
  stop()
  assert.equal([closes, source.closes], [1, 1])
  assert.ok(heard.length === 1 && heard[0] === broken)
})

idle.run()
