// The half that holds: spool, tempFile, bufferedOutput, bufferedInput. The half that writes: write-buffering.test.ts.
import '../support/steady-turns.ts'
import { existsSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BodyError,
  closeBody,
  collect,
  data,
  fields,
  isFlush,
  noFields,
  readText,
  toBody,
} from '@sluice/body'
import { fromPull, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { stack, stream, text as textAnswer } from '@sluice/stack'
import { bufferedInput, bufferedOutput, spool, writing } from '@sluice/write-buffering'
import { tempFile } from '@sluice/write-buffering/spool'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { record, words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { cuts, textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Data, Fields, Flush, Frame, Pause, Trailers } from '@sluice/body'
import type { HttpRequest, HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { Spill, SpillFile } from '@sluice/write-buffering'

const rejections = watchRejections()
const dir = mkdtempSync(join(tmpdir(), 'spool-'))
const file = tempFile({ dir })

/** Descriptors of temporary files of ours, where the system says. */
const filesOpen = (): number => {
  if (!existsSync('/proc/self/fd')) return 0
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir)
    } catch {
      return false
    }
  }).length
}

const canSeeFiles = existsSync('/proc/self/fd')

const assertNoFile = () => {
  assert.equal(readdirSync(dir), [], 'a file has a name')
  assert.is(filesOpen(), 0, 'a file is open')
}

/** A spill in memory that says what was asked of it, and fails or waits where a test wants it to. */
const watchedSpill = (
  hooks: Partial<Record<'open' | 'append' | 'read' | 'close', () => unknown>> = {},
) => {
  const seen = { open: 0, append: 0, read: 0, close: 0 }
  let stored: number[] = []
  const step = async (name: keyof typeof seen) => {
    seen[name]++
    await hooks[name]?.()
  }
  const spillFile: SpillFile = {
    async append(parts) {
      for (const part of parts) for (const byte of part) stored.push(byte)
      await step('append')
    },
    async read(position, maxBytes) {
      await step('read')
      return Uint8Array.from(stored.slice(position, position + maxBytes))
    },
    close: () => step('close'),
  }
  const spill: Spill = {
    async open() {
      await step('open')
      return spillFile
    },
  }
  return { spill, seen, truncate: () => (stored = []) }
}

const flush = (sent?: Flush['sent']): Flush =>
  sent === undefined ? { kind: 'flush' } : { kind: 'flush', sent }
const letters = (content: string) => [...content].map((letter) => data(utf8(letter)))
const own = { kind: 'progress' } as const
const trailers: Trailers = { kind: 'trailers', fields: fields({ sum: '1' }) }

const memory = suite('spool: in memory')

memory('exactly maxMemoryBytes stays in memory, and costs no promise', async () => {
  const { spill, seen } = watchedSpill()
  const source = watched(letters('abcd'))
  const spooled = spool({ maxMemoryBytes: 4, spill })(source.body)
  if (isPromiseLike(spooled)) throw new Error('it waited')
  assert.is(spooled.byteLength, 4)
  assert.is(spooled.body.byteLength, 4)
  assert.is(await readText(spooled.body), 'abcd')
  assert.is(seen.open, 0)
  assert.is(source.closes, 0)
})

memory(
  'one byte over maxMemoryBytes is BODY_TOO_LARGE without a spill, and closes the source',
  async () => {
    const source = watched(letters('abcde'))
    const error = await rejects(() => spool({ maxMemoryBytes: 4 })(source.body), 'BODY_TOO_LARGE')
    assert.is(error.status, 413)
    assert.is(source.closes, 1)
  },
)

memory('a source that answers later is waited for', async () => {
  const { body, byteLength } = await spool()(watched(letters('abc'), { later: true }).body)
  assert.is(byteLength, 3)
  assert.is(await readText(body), 'abc')
})

memory('an empty body is one of 0 bytes', async () => {
  const { body, byteLength } = await spool({ maxMemoryBytes: 0, maxBytes: 0 })(toBody(null))
  assert.is(byteLength, 0)
  assert.equal(await words(body), ['end'])
})

memory('the one frame of a body is given without a copy', async () => {
  const bytes = utf8('same')
  const { body } = await spool()(toBody(bytes))
  const frame = await pullFrom(body).pull()
  assert.ok(frame?.kind === 'data' && frame.bytes === bytes)
})

memory('single bytes cost their bytes and not an object each', async () => {
  const count = 500_000
  const frame = data(Uint8Array.of(7))
  const each = function* () {
    for (let i = 0; i < count; i++) yield frame
  }
  const used = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  }
  const before = used()
  const { body, byteLength } = await spool()(watched(each()).body)
  assert.ok(used() - before < 4 * count, 'more than four bytes a byte')
  assert.is(byteLength, count)
  const { bytes } = await collect(body)
  assert.is(bytes.length, count)
  assert.ok(bytes.every((byte) => byte === 7))
})

memory('small and large parts in turn come back in order', async () => {
  const parts = Array.from({ length: 40 }, (_, i) =>
    new Uint8Array(i % 3 === 0 ? 5000 : 100 + i).fill(i),
  )
  const { body } = await spool()(toBody(parts))
  const wanted = Buffer.concat(parts)
  assert.ok(wanted.equals((await collect(body)).bytes))
})

memory('a byteLength over the bound is refused unread', async () => {
  const source = watched(letters('abcde'), { byteLength: 5 })
  await rejects(() => spool({ maxMemoryBytes: 4 })(source.body), 'BODY_TOO_LARGE')
  assert.is(source.pulls, 0)
  assert.is(source.closes, 1)
})

for (const byteLength of [2, 4])
  memory(`3 bytes where ${byteLength} were promised are LENGTH_MISMATCH`, async () => {
    const source = watched(letters('abc'), { byteLength })
    await rejects(() => spool()(source.body), 'LENGTH_MISMATCH')
  })

memory('a frame after the trailers is BODY_INVALID, an empty one means nothing', async () => {
  const after = watched<Frame>([trailers, data(utf8('a'))])
  await rejects(() => spool()(after.body), 'BODY_INVALID')
  assert.is(after.closes, 1)
  const { body } = await spool()(watched<Frame>([trailers, data(new Uint8Array())]).body)
  assert.equal(await words(body), ['trailers', 'end'])
})

memory('a body that has been read is BODY_USED at the call', () => {
  const body = toBody('a')
  pullFrom(body)
  throwsAtOnce(() => spool()(body), 'BODY_USED')
})

memory('the spooled body has one reader', async () => {
  const { body } = await spool()(toBody('a'))
  pullFrom(body)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
})

memory('options are checked at the call', () => {
  for (const make of [spool, bufferedInput, bufferedOutput]) {
    for (const wrong of [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, null])
      for (const name of ['maxMemoryBytes', 'maxBytes', 'maxFrames'])
        throwsAtOnce(() => Reflect.apply(make, undefined, [{ [name]: wrong }]), RangeError)
    for (const spill of [null, 5, '/tmp', {}, { open: true }])
      throwsAtOnce(() => Reflect.apply(make, undefined, [{ spill }]), TypeError)
  }
  for (const dir of [null, 5, {}, new URL('file:///tmp')])
    throwsAtOnce(() => Reflect.apply(tempFile, undefined, [{ dir }]), TypeError)
})

memory('a source that fails after some frames fails it, with that error', async () => {
  const error = new Error('the source broke')
  for (const later of [false, true]) {
    const source = watched(letters('ab'), { later, error })
    await rejects(() => spool()(source.body), error)
  }
})

memory('what closing throws does not hide why it was closed', async () => {
  const source = watched(letters('abc'), { closeError: new Error('closing') })
  await rejects(() => spool({ maxMemoryBytes: 2 })(source.body), 'BODY_TOO_LARGE')
})

memory.run()

const order = suite('spool: frames')

const mixed = (pieces: readonly Uint8Array[]): readonly AnyFrame[] => [
  flush(),
  ...pieces.flatMap((piece, i) => (i === 1 ? [flush(), own, data(piece)] : [data(piece)])),
  own,
  flush(),
  trailers,
]

const stores: readonly { name: string; maxMemoryBytes: number }[] = [
  { name: 'all in memory', maxMemoryBytes: 100 },
  { name: 'all in the file', maxMemoryBytes: 0 },
  { name: 'in both', maxMemoryBytes: 3 },
]

for (const { name, maxMemoryBytes } of stores)
  order(`${name}: bytes and marks are those that came, for every cut`, async () => {
    for (const { name: cut, pieces } of cuts(utf8('0123456789')))
      for (const later of [false, true]) {
        const wanted = await record(watched(mixed(pieces)).body)
        const held = await spool({ maxMemoryBytes, spill: file })(
          watched(mixed(pieces), { later }).body,
        )
        const found = await within(5000, record(held.body))
        assert.is(found.end, undefined, cut)
        assert.is(textOf(found.bytes), '0123456789', cut)
        assert.equal(found.marks, wanted.marks, cut)
        assert.is(found.frames.at(-1), trailers, cut)
      }
    assertNoFile()
  })

order('a pause is waited for, and gone', async () => {
  const until = deferred()
  const frames: Frame[] = [
    data(utf8('a')),
    { kind: 'pause', until: until.promise },
    data(utf8('b')),
  ]
  const spooling = Promise.resolve(spool()(watched(frames).body))
  assert.is(await stateOf(spooling), 'pending')
  until.resolve()
  const { body } = await within(1000, spooling)
  assert.equal(await words(body), ['data a', 'data b', 'end'])
})

order('the types say that no pause is left', async () => {
  const { body } = await spool()(watched<Frame>([flush()]).body)
  const pauseless: Body<Exclude<Frame, Pause>> = body
  for await (const frame of pauseless) {
    // @ts-expect-error: no frame of the body can be a pause.
    assert.is.not(frame.kind === 'pause', true)
  }
})

order('a pause that rejects fails it, and closes the source', async () => {
  const error = new Error('nobody resumed')
  const source = watched<Frame>([{ kind: 'pause', until: Promise.reject(error) }, data(utf8('b'))])
  await rejects(() => spool()(source.body), error)
  assert.is(source.closes, 1)
})

order('a receipt is told when its flush is sent at last, not before', async () => {
  const told: unknown[] = []
  const frames: Frame[] = [data(utf8('a')), flush((lost) => told.push(lost)), data(utf8('b'))]
  const { body } = await spool()(watched(frames).body)
  assert.equal(told, [])
  assert.equal(await words(body), ['data a', 'flush', 'data b', 'end'])
  assert.equal(told, [undefined])
})

const codes = (told: readonly unknown[]) =>
  told.map((lost) => (lost instanceof BodyError ? lost.code : 'no error'))

order('flushes that nobody will see are told FLUSH_LOST, once', async () => {
  const told: unknown[] = []
  const note = (lost: unknown) => told.push(lost)
  const { body } = await spool()(watched<Frame>([flush(note), data(utf8('a')), flush(note)]).body)
  const source = pullFrom(body)
  const first = await source.pull()
  if (first !== undefined && isFlush(first)) first.sent?.()
  await source.close()
  await source.close()
  assert.equal(codes(told), ['no error', 'FLUSH_LOST'])
})

order('and so are those of a body that cannot be held, the last one too', async () => {
  const told: unknown[] = []
  const note = (lost: unknown) => told.push(lost)
  const large = watched<Frame>([flush(note), data(utf8('abc')), flush(note)])
  await rejects(() => spool({ maxMemoryBytes: 2 })(large.body), 'BODY_TOO_LARGE')
  assert.equal(codes(told), ['FLUSH_LOST'])
  const invalid = watched<Frame>([trailers, flush(note)])
  await rejects(() => spool()(invalid.body), 'BODY_INVALID')
  assert.equal(codes(told), ['FLUSH_LOST', 'FLUSH_LOST'])
})

order(
  'maxFrames counts frames that are not data: at it they are held, over it BODY_TOO_LARGE',
  async () => {
    const two: Frame[] = [data(utf8('a')), flush(), data(utf8('b')), trailers]
    const { body } = await spool({ maxFrames: 2 })(watched(two).body)
    assert.equal(await words(body), ['data a', 'flush', 'data b', 'trailers', 'end'])
    await rejects(() => spool({ maxFrames: 1 })(watched(two).body), 'BODY_TOO_LARGE')
  },
)

order.run()

const spilled = suite('spool: in a file')

const inFile = (content: string, maxMemoryBytes = 1) =>
  spool({ maxMemoryBytes, spill: file })(toBody(content))

spilled('one byte over maxMemoryBytes goes to the file', async () => {
  const { spill, seen } = watchedSpill()
  const { body, byteLength } = await spool({ maxMemoryBytes: 4, spill })(
    watched(letters('abcde')).body,
  )
  assert.is(byteLength, 5)
  assert.equal(seen, { open: 1, append: 1, read: 0, close: 0 })
  assert.is(await readText(body), 'abcde')
  assert.is(seen.close, 1)
})

spilled('memory is filled again after each move, and its rest never goes to the file', async () => {
  const { spill, seen } = watchedSpill()
  const { body } = await spool({ maxMemoryBytes: 2, spill })(watched(letters('abcdefgh')).body)
  assert.is(seen.append, 2)
  assert.is(await readText(body), 'abcdefgh')
  assert.is(seen.open, 1)
})

spilled('maxBytes is held, one byte over it is BODY_TOO_LARGE, and the file is gone', async () => {
  const limits = { maxMemoryBytes: 2, maxBytes: 6, spill: file }
  const { body } = await spool(limits)(watched(letters('abcdef')).body)
  assert.is(await readText(body), 'abcdef')
  const source = watched(letters('abcdefg'))
  await rejects(() => spool(limits)(source.body), 'BODY_TOO_LARGE')
  assert.is(source.closes, 1)
  assertNoFile()
})

spilled(
  'the file has no name from the start, and one descriptor until its last byte is read',
  async () => {
    const { body } = await inFile('x'.repeat(70_000))
    assert.equal(readdirSync(dir), [])
    if (canSeeFiles) assert.is(filesOpen(), 1)
    const source = pullFrom(body)
    const first = await source.pull()
    if (canSeeFiles) assert.is(filesOpen(), 1)
    const second = await source.pull()
    assertNoFile()
    assert.ok(first?.kind === 'data' && first.bytes.length === 65_536)
    assert.ok(second?.kind === 'data' && second.bytes.length === 70_000 - 65_536)
    assert.is(await source.pull(), undefined)
  },
)

spilled('it is read only as far as it is pulled', async () => {
  const { spill, seen } = watchedSpill()
  const { body } = await spool({ maxMemoryBytes: 1, spill })(toBody('x'.repeat(200_000)))
  const source = pullFrom(body)
  await turn()
  assert.is(seen.read, 0)
  await source.pull()
  await turn()
  assert.is(seen.read, 1)
  await source.close()
  assert.is(seen.close, 1)
})

spilled('thousands of parts go to the file in one move', async () => {
  const parts = Array.from({ length: 3000 }, (_, i) => new Uint8Array(4096 + (i % 7)).fill(i % 251))
  const whole = Buffer.concat(parts)
  const { body } = await spool({ maxMemoryBytes: whole.length - 1, spill: file })(toBody(parts))
  const { bytes } = await collect(body, { maxBytes: whole.length })
  assert.ok(whole.equals(bytes))
  assertNoFile()
})

spilled('a body that is never pulled is closed with closeBody', async () => {
  const { body } = await inFile('abc')
  if (canSeeFiles) assert.is(filesOpen(), 1)
  await closeBody(body)
  assertNoFile()
})

spilled('leaving early, also while the file is being read, lets go of it once', async () => {
  for (const taken of [0, 1, 2]) {
    const { body } = await inFile('x'.repeat(200_000))
    const source = pullFrom(body)
    for (let i = 0; i < taken; i++) await source.pull()
    const pending = Promise.resolve(source.pull())
    await source.close()
    await source.close()
    await within(5000, pending)
    assert.is(await source.pull(), undefined)
    assertNoFile()
  }
})

spilled('a source that fails after bytes went to the file leaves none', async () => {
  const error = new Error('the source broke')
  const source = watched(letters('abcdef'), { later: true, error })
  await rejects(() => spool({ maxMemoryBytes: 1, spill: file })(source.body), error)
  assertNoFile()
})

spilled(
  'a folder that is not there fails it, with the system error, and closes the source',
  async () => {
    const source = watched(letters('abc'))
    const spill = tempFile({ dir: join(dir, 'not-there') })
    await rejects(() => spool({ maxMemoryBytes: 1, spill })(source.body), 'ENOENT')
    assert.is(source.closes, 1)
  },
)

for (const name of ['open', 'append'] as const)
  spilled(`a spill that fails to ${name} fails it`, async () => {
    const error = new Error('no space left')
    const { spill, seen } = watchedSpill({
      [name]: () => {
        throw error
      },
    })
    const source = watched(letters('abc'))
    await rejects(() => spool({ maxMemoryBytes: 1, spill })(source.body), error)
    assert.is(source.closes, 1)
    assert.is(seen.close, name === 'open' ? 0 : 1)
  })

spilled('a file that cannot be read fails the body and is let go', async () => {
  const error = new Error('bad sector')
  const { spill, seen } = watchedSpill({
    read: () => {
      throw error
    },
  })
  const { body } = await spool({ maxMemoryBytes: 1, spill })(toBody('abc'))
  const { end } = await record(body)
  assert.is(end?.error, error)
  assert.is(seen.close, 1)
})

spilled('a file that has become shorter is LENGTH_MISMATCH, not an end', async () => {
  const { spill, seen, truncate } = watchedSpill()
  const { body } = await spool({ maxMemoryBytes: 1, spill })(toBody('abc'))
  truncate()
  assert.equal(await words(body), ['error LENGTH_MISMATCH'])
  assert.is(seen.close, 1)
})

spilled.run()

const stopped = suite('spool: the signal')

const reason = new BodyError('READER_GONE', 'Cannot hold the body: the client left')

stopped(
  'an abort while the source is waited for closes it, and rejects with the reason',
  async () => {
    const controller = new AbortController()
    const source = handFed<Frame>()
    const spooling = Promise.resolve(
      spool({ maxMemoryBytes: 1, spill: file })(source.body, controller.signal),
    )
    source.give(data(utf8('abc')))
    while (!source.waiting) await turn()
    if (canSeeFiles) assert.is(filesOpen(), 1)
    controller.abort(reason)
    await rejects(() => within(1000, spooling), reason)
    assert.is(source.closes, 1)
    assertNoFile()
    let lost: unknown
    source.give(
      flush((why) => {
        lost = why
      }),
    )
    await turn()
    assert.equal(codes([lost]), ['FLUSH_LOST'])
  },
)

stopped(
  'an abort after an error, while the source is being closed, does not close it again',
  async () => {
    const controller = new AbortController()
    const error = new Error('the source broke')
    const closed = deferred()
    let closes = 0
    const source = fromPull<Frame>(() => ({
      pull: () => Promise.reject(error),
      close() {
        closes++
        return closed.promise
      },
    }))
    const spooling = Promise.resolve(spool()(source, controller.signal))
    await turn()
    controller.abort(reason)
    closed.resolve()
    await rejects(() => within(1000, spooling), error)
    assert.is(closes, 1)
  },
)

stopped('an abort during a pause that never ends does not wait for it', async () => {
  const controller = new AbortController()
  const source = watched<Frame>([{ kind: 'pause', until: new Promise(() => {}) }])
  const spooling = Promise.resolve(spool()(source.body, controller.signal))
  controller.abort(reason)
  await rejects(() => within(1000, spooling), reason)
  assert.is(source.closes, 1)
})

stopped('an abort does not wait for a generator that awaits what never comes', async () => {
  const controller = new AbortController()
  const endless = async function* () {
    yield data(utf8('abc'))
    await new Promise(() => {})
  }
  const spooling = spool({ maxMemoryBytes: 1, spill: file })(endless(), controller.signal)
  await turn(3)
  controller.abort(reason)
  await rejects(() => within(1000, spooling), reason)
  assertNoFile()
})

stopped(
  'an abort while it comes to its end gives the whole or the reason, never a shorter end',
  async () => {
    const seen = new Set<string>()
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const controller = new AbortController()
      const source = handFed<Frame>()
      const spooling = Promise.resolve(spool()(source.body, controller.signal))
      source.give(data(utf8('abc')))
      await turn()
      source.end()
      for (let i = 0; i < microtasks; i++) await undefined
      controller.abort(reason)
      const outcome = spooling.then(({ body }) => words(body))
      const found = await within(
        1000,
        outcome.catch((error) => [error === reason ? 'reason' : 'other']),
      )
      seen.add(found.join())
    }
    seen.delete('error READER_GONE')
    assert.equal([...seen].sort(), ['data abc,end', 'reason'])
  },
)

for (const name of ['open', 'append'] as const)
  stopped(`an abort while the file is at ${name} lets go of it`, async () => {
    const going = deferred()
    const { spill, seen } = watchedSpill({ [name]: () => going.promise })
    const controller = new AbortController()
    const source = watched(letters('abc'))
    const spooling = Promise.resolve(
      spool({ maxMemoryBytes: 1, spill })(source.body, controller.signal),
    )
    await turn()
    controller.abort(reason)
    assert.is(source.closes, 1)
    going.resolve()
    await rejects(() => within(1000, spooling), reason)
    await turn()
    assert.is(seen.close, 1)
    assert.is(source.closes, 1)
  })

stopped('an abort while the file is at open and that fails is still the reason', async () => {
  const going = deferred()
  const { spill, seen } = watchedSpill({ open: () => going.promise })
  const controller = new AbortController()
  const spooling = Promise.resolve(
    spool({ maxMemoryBytes: 1, spill })(toBody('abc'), controller.signal),
  )
  await turn()
  controller.abort(reason)
  going.reject(new Error('no descriptor left'))
  await rejects(() => within(1000, spooling), reason)
  assert.is(seen.close, 0)
})

stopped('a signal that has aborted before stops what has to wait', async () => {
  const source = handFed<Frame>()
  await rejects(() => spool()(source.body, AbortSignal.abort(reason)), reason)
  assert.is(source.closes, 1)
})

stopped('no listener is left when the source has ended or failed', async () => {
  let listeners = 0
  const { signal } = new AbortController()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--
    remove(...args)
  }
  await spool()(watched(letters('abc'), { later: true }).body, signal)
  await rejects(
    () => spool()(watched(letters('abc'), { later: true, error: new Error('broke') }).body, signal),
    Error,
  )
  await turn()
  assert.is(listeners, 0)
})

stopped.run()

/** A request as a server makes it; `signals` counts how often its signal was asked for. */
const requestOf = (body: Body<Data | Trailers>, headers = noFields) => {
  const controller = new AbortController()
  const seen = { signals: 0 }
  const request: HttpRequest = {
    method: 'POST',
    target: '/',
    version: '1.1',
    headers,
    body,
    client: {
      get signal() {
        seen.signals++
        return controller.signal
      },
      draining: new AbortController().signal,
      address: '127.0.0.1',
      port: 1,
      inform() {},
    },
  }
  return { request, controller, seen }
}

const get = () =>
  requestOf(fromPull<Data | Trailers>(() => ({ pull: () => undefined, close() {} }), 0))

const outputs = suite('bufferedOutput')

outputs('the body has its exact byteLength, at once where it is there at once', async () => {
  const { request, seen } = get()
  const response = bufferedOutput()(() => stream(['of ', 'unknown ', 'length']))(request)
  if (isPromiseLike(response)) throw new Error('it waited')
  assert.is(response.body.byteLength, 17)
  assert.is(await readText(response.body), 'of unknown length')
  assert.is(seen.signals, 0, 'a signal is made on first use')
})

outputs('status, fields and what else a response has stay as they are', async () => {
  const given: HttpResponse = { ...textAnswer('x', { status: 201, headers: { a: '1' } }) }
  const response = await bufferedOutput()(() => given)(get().request)
  assert.is(response.status, 201)
  assert.is(response.headers, given.headers)
})

outputs('a copy of a client without its signal is refused when it has to wait', async () => {
  for (const client of [{}, undefined]) {
    const request: HttpRequest = { ...get().request, client: untyped(client) }
    const { body } = handFed<Frame>()
    const error = await rejects(
      async () => bufferedOutput()(() => ({ ...textAnswer(''), body }))(request),
      TypeError,
    )
    assert.match(error.message, /^Cannot use the client: found undefined as its signal, wanted/)
  }
})

outputs('a body that is pushed later is held until it is whole', async () => {
  const go = deferred()
  const body = writing(async (out) => {
    await out.write('one ')
    await go.promise
    await out.write('two')
    out.finish({ sum: '1' })
  })
  const answer = Promise.resolve(
    bufferedOutput({ maxMemoryBytes: 2, spill: file })(() => stream(body))(get().request),
  )
  assert.is(await stateOf(answer), 'pending')
  go.resolve()
  const response = await within(1000, answer)
  assert.is(response.body.byteLength, 7)
  const found = await record(response.body)
  assert.is(textOf(found.bytes), 'one two')
  assert.equal(found.marks, ['trailers@7'])
  assertNoFile()
})

outputs('a body that fails is an error in the place of the response', async () => {
  const error = new Error('the query broke')
  const source = watched(letters('abc'), { error })
  await rejects(() => bufferedOutput()(() => stream(source.body))(get().request), error)
})

outputs(
  'one that is too large is RESPONSE_TOO_LARGE with status 500: it is not the client',
  async () => {
    const error = await rejects(
      () => bufferedOutput({ maxMemoryBytes: 2 })(() => stream('abc'))(get().request),
      'RESPONSE_TOO_LARGE',
    )
    assert.is(error.status, 500)
  },
)

outputs(
  'when the client leaves while it is held, the body is closed and no file left',
  async () => {
    const { request, controller } = get()
    const source = handFed<Frame>()
    const answer = Promise.resolve(
      bufferedOutput({ maxMemoryBytes: 0, spill: file })(() => stream(source.body))(request),
    )
    source.give(data(utf8('abc')))
    while (!source.waiting) await turn()
    controller.abort(reason)
    await rejects(() => within(1000, answer), reason)
    assert.is(source.closes, 1)
    assertNoFile()
  },
)

outputs(
  'when the client leaves while it is sent, closing the body lets go of the file',
  async () => {
    const { request } = get()
    const handler = bufferedOutput({ maxMemoryBytes: 0, spill: file })(() =>
      stream('x'.repeat(100_000)),
    )
    const response = await handler(request)
    const source = pullFrom(response.body)
    await source.pull()
    await source.close()
    assertNoFile()
  },
)

outputs('what a middleware before it has added reaches the handler', async () => {
  const named: PassingMiddleware<HttpRequest, { readonly name: string }> = (next) => (request) =>
    next({ ...request, name: 'Ada' })
  const app = stack(named, bufferedInput(), bufferedOutput())(({ name }) => textAnswer(name))
  const response = await app(get().request)
  assert.is(await readText(response.body), 'Ada')
})

outputs.run()

const neverCalled = (): never => {
  throw new Error('the handler was called')
}

const inputs = suite('bufferedInput')

const echoLength = ({ body, headers }: HttpRequest) =>
  textAnswer(
    `${body.byteLength} ${headers.get('content-length')} ${headers.get('transfer-encoding')}`,
  )

inputs('the handler is called when the body has come whole, and not before', async () => {
  const source = handFed<Data | Trailers>()
  const { request } = requestOf(source.body)
  let called: HttpRequest | undefined
  const answer = Promise.resolve(
    bufferedInput()((given) => {
      called = given
      return textAnswer('ok')
    })(request),
  )
  source.give(data(utf8('one ')))
  while (!source.waiting) await turn()
  assert.is(called, undefined)
  source.give(data(utf8('two')))
  while (!source.waiting) await turn()
  source.end()
  await within(1000, answer)
  assert.is(called?.body.byteLength, 7)
  assert.is(await readText(called?.body ?? toBody(null)), 'one two')
})

inputs('a body that is there at once costs no promise, and no signal', async () => {
  // In a turn that has lasted long it would yield.
  await turn()
  const { request, seen } = requestOf(watched(letters('abc')).body)
  assert.not(isPromiseLike(bufferedInput()(echoLength)(request)))
  assert.is(seen.signals, 0)
})

for (const { name, headers, content, wanted } of [
  {
    name: 'chunked becomes its length',
    headers: { 'transfer-encoding': 'chunked' },
    content: 'abc',
    wanted: '3 3 undefined',
  },
  {
    name: 'chunked and empty becomes 0',
    headers: { 'transfer-encoding': 'chunked' },
    content: '',
    wanted: '0 0 undefined',
  },
  {
    name: 'a length that no longer holds is put right',
    headers: { 'content-length': '9' },
    content: 'abc',
    wanted: '3 3 undefined',
  },
  {
    name: 'content without a length gets one',
    headers: {},
    content: 'abc',
    wanted: '3 3 undefined',
  },
  {
    name: 'a request without content stays without',
    headers: {},
    content: '',
    wanted: '0 undefined undefined',
  },
])
  inputs(`fields: ${name}`, async () => {
    const { request } = requestOf(watched(letters(content)).body, fields(headers))
    const response = await bufferedInput()(echoLength)(request)
    assert.is(await readText(response.body), wanted)
  })

inputs('trailers come after the content', async () => {
  const { request } = requestOf(watched<Data | Trailers>([data(utf8('abc')), trailers]).body)
  let found: Fields | undefined
  await bufferedInput({ maxMemoryBytes: 1, spill: file })(async ({ body }) => {
    found = (await collect(body)).trailers
    return textAnswer('ok')
  })(request)
  assert.is(found?.get('sum'), '1')
})

inputs(
  'at the bound it comes, over it is BODY_TOO_LARGE with 413 and the handler is not called',
  async () => {
    const limits = { maxMemoryBytes: 1, maxBytes: 3, spill: file }
    const { request, controller } = requestOf(watched(letters('abc')).body)
    const response = await bufferedInput(limits)(echoLength)(request)
    assert.is(await readText(response.body), '3 3 undefined')
    controller.abort(reason)
    const source = watched(letters('abcd'))
    const error = await rejects(
      () => bufferedInput(limits)(() => neverCalled())(requestOf(source.body).request),
      'BODY_TOO_LARGE',
    )
    assert.is(error.status, 413)
    assert.is(source.closes, 1)
  },
)

inputs('a client that breaks off is an error, and the handler is not called', async () => {
  const error = new BodyError('BODY_ENDED_EARLY', 'Cannot read the body')
  const source = watched(letters('abc'), { later: true, error })
  const handler = bufferedInput({ maxMemoryBytes: 1, spill: file })(() => neverCalled())
  await rejects(() => handler(requestOf(source.body).request), error)
})

inputs('a client that leaves while its body is awaited is not waited for', async () => {
  const source = handFed<Data | Trailers>()
  const { request, controller } = requestOf(source.body)
  const answer = Promise.resolve(bufferedInput()(() => neverCalled())(request))
  controller.abort(reason)
  await rejects(() => within(1000, answer), reason)
  assert.is(source.closes, 1)
})

const large = () => requestOf(watched(letters('abcdef')).body)
const intoFile = bufferedInput({ maxMemoryBytes: 1, spill: file })

inputs('a file nobody reads is let go when the request is over', async () => {
  const { request, controller } = large()
  await intoFile(() => textAnswer('not interested'))(request)
  if (canSeeFiles) assert.is(filesOpen(), 1)
  controller.abort(reason)
  await turn(3)
  while (filesOpen() > 0) await turn()
  assertNoFile()
})

inputs('what reads on after the request is over fails with the reason, not an end', async () => {
  const { request, controller } = large()
  let body: Body<AnyFrame> | undefined
  await intoFile((given) => {
    body = given.body
    return textAnswer('later')
  })(request)
  controller.abort(reason)
  await turn()
  assert.is((await record(body ?? toBody(null))).end?.error, reason)
})

inputs('a pull that is pending then fails with the reason', async () => {
  const reading = deferred()
  const { spill } = watchedSpill({ read: () => reading.promise })
  const { request, controller } = large()
  let pulled: Promise<unknown> | undefined
  await bufferedInput({ maxMemoryBytes: 1, spill })((given) => {
    pulled = Promise.resolve(pullFrom(given.body).pull())
    return textAnswer('later')
  })(request)
  controller.abort(reason)
  reading.resolve()
  await rejects(() => within(1000, pulled), reason)
})

for (const { name, handler } of [
  {
    name: 'throws',
    handler: () => {
      throw new Error('broken')
    },
  },
  {
    name: 'rejects',
    handler: async () => {
      await turn()
      throw new Error('broken')
    },
  },
])
  inputs(`a handler that ${name} leaves no file`, async () => {
    const error = await rejects(() => intoFile(handler)(large().request), Error)
    assert.is(error.message, 'broken')
    assertNoFile()
  })

inputs('a handler may send the body back while it reads it', async () => {
  const { request, controller } = large()
  const response = await intoFile(({ body }) => stream(body))(request)
  assert.is(await readText(response.body), 'abcdef')
  assertNoFile()
  controller.abort(reason)
})

inputs.run()

const silent = suite('spool: left over')

silent('no file, and no rejection that nobody heard', async () => {
  await turn(3)
  rejections.stop()
  assert.equal(rejections.reasons, [])
  assertNoFile()
})

silent.run()
