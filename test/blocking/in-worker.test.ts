// A filter on a worker thread: what leaves and where control frames stand, what is read ahead, and how bodies share threads. Its laws:
// test/laws/laws.test.ts. How it fails: in-worker-failures.test.ts.
import { inWorker, run, workerPool } from '@sluice/blocking'
import { data, fields, isData, isFlush, readText, toBody } from '@sluice/body'
import { pullFrom, traits } from '@sluice/body/engine'
import { checkHandler, output, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { come } from '../support/blocking/come.ts'
import { Gate } from '../support/blocking/gate.ts'
import { idle } from '../support/blocking/idle.ts'
import { program } from '../support/blocking/program.ts'
import { firstWrong, pattern } from '../support/bodies/pattern.ts'
import { record, words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { serving } from '../support/server/serving.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { InWorkerOptions } from '@sluice/blocking'
import type { AnyFrame } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'

const filters = program('filters')
const pool = workerPool({ threads: 2 })
const filterOf = (exportName: string, options: InWorkerOptions = {}) =>
  inWorker(filters, { pool, exportName, ...options })

/** Of a kind that has properties of its own. */
const unknown = (kind: string, own: object = {}): AnyFrame => ({ kind, ...own })

const leaves = suite('inWorker: what leaves')

leaves('is what the filter makes of the bytes', async () => {
  const body = filterOf('upper')(toBody(['some ', 'text']))
  assert.is(await within(5000, readText(body)), 'SOME TEXT')
})

leaves('is not changed by a filter that keeps a slice: the bytes are a Uint8Array', async () => {
  const body = filterOf('copies')(toBody(['some ', 'text']))
  assert.is(await within(5000, readText(body)), 'some text')
})

leaves('is released before each control frame, with its reason, and at the end', async () => {
  const frames: readonly AnyFrame[] = [
    data(utf8('ab')),
    { kind: 'flush' },
    data(utf8('c')),
    unknown('pause', { until: Promise.resolve() }),
    unknown('progress'),
  ]
  assert.equal(await words(filterOf('reasons')(watched(frames).body)), [
    'data flush:2 ',
    'flush',
    'data pause:1 ',
    'pause',
    'data other:0 ',
    'progress',
    'data end:0 ',
    'end',
  ])
})

leaves('never comes after trailers: that is an error', async () => {
  const body = watched([
    data(utf8('a')),
    { kind: 'trailers', fields: fields({ sum: '1' }) } as const,
  ]).body
  assert.equal(await words(filterOf('reasons')(body)), [
    'data trailers:1 ',
    'trailers',
    'error BODY_INVALID',
  ])
})

leaves('of control frames is the frame itself, whatever it holds', async () => {
  const told: unknown[] = []
  const sent = () => told.push('sent')
  const frames: readonly AnyFrame[] = [
    unknown('flush', { sent }),
    unknown('own', { call: () => {}, until: new Promise(() => {}) }),
  ]
  const source = pullFrom(filterOf('default')(watched(frames).body))
  const first = await source.pull()
  if (first !== undefined && isFlush(first)) first.sent?.()
  assert.is(first, frames[0])
  assert.equal(told, ['sent'])
  assert.is(await source.pull(), frames[1])
  await source.close()
})

leaves('nothing of what is held, until a flush comes', async () => {
  const source = handFed<AnyFrame>()
  const reading = pullFrom(filterOf('coalesce', { values: { minBytes: 100 } })(source.body))
  const first = Promise.resolve(reading.pull())
  source.give(data(utf8('held')))
  await come(() => source.waiting, 'the next pull')
  assert.is(await stateOf(first), 'pending')
  source.give({ kind: 'flush' })
  const found = await within(5000, first)
  assert.is(found !== undefined && isData(found) && textOf(found.bytes), 'held')
  assert.is((await within(5000, Promise.resolve(reading.pull())))?.kind, 'flush')
  await reading.close()
})

leaves('of a known length only if the filter keeps it', () => {
  const body = toBody('four')
  assert.is(filterOf('upper')(body).byteLength, undefined)
  assert.is(filterOf('upper', { keepsLength: true })(body).byteLength, 4)
  assert.is(filterOf('default', { traits: { bytes: 'kept' } })(body).byteLength, 4)
})

leaves('and then the thread is free again', () => idle(pool))

leaves('and its traits say what the caller says of the module', () => {
  const { bytes, flush, mode } = traits(filterOf('upper'))
  assert.equal([bytes, flush, mode], ['changed', 'kept', 'async'])
  assert.is(traits(filterOf('default', { traits: { bytes: 'kept' } })).bytes, 'kept')
  // @ts-expect-error plain JavaScript
  assert.throws(() => filterOf('default', { traits: { bytes: 'some' } }), /found bytes: some/)
})

leaves('and it may run in a host, unless the caller says that it may not', () => {
  const host = (stated: Partial<Traits>) => () =>
    checkHandler(stack(output(filterOf('upper', { traits: stated })))(() => text('')))
  host({})()
  // The thread is blocked, and not the loop.
  host({ mode: 'blocking' })()
  assert.throws(host({ mode: 'process' }), /states mode: 'process'/)
  assert.throws(host({ reentrant: false }), /states reentrant: false/)
})

leaves('and memory of bodies that are over serves the next', async () => {
  const upper = filterOf('upper')
  const Shared = globalThis.SharedArrayBuffer
  let made = 0
  globalThis.SharedArrayBuffer = class extends Shared {
    constructor(byteLength = 0) {
      super(byteLength)
      if (byteLength > 1_000_000) made++
    }
  }
  try {
    for (let i = 0; i < 20; i++) {
      assert.is(await within(10_000, readText(upper(toBody(`body ${i}`)))), `BODY ${i}`)
      // One that is closed in the middle, too.
      const source = handFed<AnyFrame>()
      const reading = pullFrom(upper(source.body))
      const first = Promise.resolve(reading.pull())
      source.give(data(utf8('abc')))
      const frame = await within(10_000, first)
      assert.is(frame !== undefined && isData(frame) && textOf(frame.bytes), 'ABC')
      await reading.close()
      await idle(pool)
    }
  } finally {
    globalThis.SharedArrayBuffer = Shared
  }
  assert.ok(made <= 2, `${made} were made`)
})

leaves(
  'through a server, as output() of a stack',
  serving(async (start) => {
    const app = output(filterOf('upper'))(() => ({
      status: 200,
      headers: fields({ 'content-length': '9' }),
      body: toBody('some text'),
    }))
    const site = await start(app)
    const { status, fields: head, content } = await site.ask('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    assert.is(status, 200)
    assert.not(head.has('content-length'))
    assert.is(content, 'SOME TEXT')
    await idle(pool)
  }),
)

leaves.run()

const reads = suite('inWorker: what is read')

reads('is nothing before the reader asks, and no thread is taken', async () => {
  await idle(pool)
  const source = handFed<AnyFrame>()
  const reading = pullFrom(filterOf('default')(source.body))
  assert.equal([source.pulls, pool.running], [0, 0])
  const first = Promise.resolve(reading.pull())
  assert.equal([source.pulls, pool.running], [1, 0])
  source.give(data(utf8('a')))
  await within(5000, first)
  assert.is(pool.running, 1)
  await reading.close()
  await idle(pool)
  assert.is(source.closes, 1)
})

for (const { readAheadBytes, wanted } of [
  { readAheadBytes: 0, wanted: 1 },
  { readAheadBytes: 20_000, wanted: 2 },
  { readAheadBytes: undefined, wanted: 13 },
])
  reads(`is ${wanted} frames of 10 KiB ahead, with readAheadBytes: ${readAheadBytes}`, async () => {
    const gate = new Gate()
    const source = watched(Array.from({ length: 100 }, () => data(new Uint8Array(10_240))))
    const options = readAheadBytes === undefined ? {} : { readAheadBytes }
    const reading = pullFrom(filterOf('gated', { values: gate.memory, ...options })(source.body))
    const first = Promise.resolve(reading.pull())
    await within(5000, gate.begun())
    // The source rests for a turn if the thread has taken long to begin.
    await come(() => source.pulls >= wanted, 'the frames ahead')
    await turn(5)
    assert.is(source.pulls, wanted)
    gate.open()
    await within(5000, first)
    await reading.close()
  })

reads('is a frame that is larger than what is shared with the thread', async () => {
  const bytes = pattern(0, 1_048_576)
  const { bytes: found } = await within(
    10_000,
    record(filterOf('default')(watched([data(bytes)]).body)),
  )
  assert.is(firstWrong(found, 0), undefined)
  assert.is(found.length, bytes.length)
})

reads('is bounded while the reader is slow', async () => {
  const source = watched(Array.from({ length: 1000 }, () => data(new Uint8Array(65_536))))
  const reading = pullFrom(filterOf('default')(source.body))
  for (let count = 1; count <= 10; count++) {
    await within(5000, Promise.resolve(reading.pull()))
    await turn(20)
    assert.ok(source.pulls <= count + 2, `${source.pulls} pulls for ${count} frames`)
  }
  await reading.close()
})

reads.run()

const threads = suite('inWorker: threads')

threads('the event loop goes on while a filter computes', async () => {
  const gate = new Gate()
  const reading = readText(filterOf('gated', { values: gate.memory })(toBody('slow')))
  await within(5000, gate.begun())
  assert.is(await within(5000, run(program('calls'), 'x', { pool, exportName: 'returns' })), 'x')
  assert.is(await stateOf(reading), 'pending')
  gate.open()
  assert.is(await within(5000, reading), 'slow')
})

threads('two serve many bodies in turns, and leave those of calls alone', async () => {
  const open = Array.from({ length: 50 }, (_, index) => {
    const source = handFed<AnyFrame>()
    return {
      source,
      reading: pullFrom(filterOf('coalesce', { values: { minBytes: 2 } })(source.body)),
      index,
    }
  })
  const next = async ({ source, reading, index }: (typeof open)[number], letter: string) => {
    const pulled = Promise.resolve(reading.pull())
    source.give(data(utf8(`${letter}${index}`)))
    const frame = await within(5000, pulled)
    return frame !== undefined && isData(frame) ? textOf(frame.bytes) : frame?.kind
  }
  for (const letter of ['a', 'b'])
    for (const each of open) assert.is(await next(each, letter), `${letter}${each.index}`)
  assert.equal([pool.running, pool.queued], [2, 0])
  assert.is(await within(5000, run(program('calls'), 'x', { pool, exportName: 'returns' })), 'x')
  await Promise.all(open.map(({ reading }) => reading.close()))
  await idle(pool)
})

threads(
  'filters on one body do not wait for each other, even in a pool of one thread',
  async () => {
    const narrow = workerPool({ threads: 1, queue: 0 })
    const one = inWorker(filters, { pool: narrow, exportName: 'upper' })
    const two = inWorker(filters, { pool: narrow, exportName: 'doubled' })
    assert.is(await within(5000, readText(two(one(toBody('ab'))))), 'AABB')
    await within(5000, narrow.close())
  },
)

threads('a body waits for its thread, and waits no more if it is closed', async () => {
  const narrow = workerPool({ threads: 1 })
  const gate = new Gate()
  const gated = inWorker(filters, { pool: narrow, exportName: 'gated', values: gate.memory })
  const closed = pullFrom(gated(toBody('closed')))
  const unread = Promise.resolve(closed.pull())
  await within(5000, gate.begun())
  await closed.close()
  assert.is(await unread, undefined)
  const upper = inWorker(filters, { pool: narrow, exportName: 'upper' })
  const left = pullFrom(upper(toBody('left')))
  const pending = Promise.resolve(left.pull())
  assert.equal([narrow.running, narrow.queued], [1, 1])
  await left.close()
  assert.equal([await pending, narrow.queued], [undefined, 0])
  const waiting = readText(upper(toBody('waits')))
  await come(() => narrow.queued === 1, 'the queue')
  gate.open()
  assert.is(await within(5000, waiting), 'WAITS')
  await within(5000, narrow.close())
})

threads('and they end', () => within(10_000, pool.close()))

threads.run()
