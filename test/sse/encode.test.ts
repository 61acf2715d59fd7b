// From messages to the wire. From the wire to messages: sse-decode.test.ts.
import '../support/steady-turns.ts'
import { closeBody, data, fields, noFields, readText, toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { flushed } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { encodeEvent, encodeEvents, events, lastEventId } from '@sluice/sse'
import { HttpError } from '@sluice/stack'
import { share } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { EventMessage, SourceItem } from '@sluice/sse'

const bound = 5000
const never = Number.POSITIVE_INFINITY
const failed = 'data event: failure\ndata: The stream failed.\n\n'

const read = (body: Body<AnyFrame>): Promise<readonly string[]> => within(bound, words(body))

const encoding = suite('encodeEvent')

for (const { name, given, wanted } of [
  { name: 'data', given: { data: 'a' }, wanted: 'data: a\n\n' },
  { name: 'no text', given: { data: '' }, wanted: 'data: \n\n' },
  {
    name: 'all four',
    given: { data: 'a', event: 'b', id: 'c', retry: 0 },
    wanted: 'event: b\nid: c\nretry: 0\ndata: a\n\n',
  },
  { name: 'an ID that is taken back', given: { id: '' }, wanted: 'id: \n\n' },
  { name: 'a retry alone', given: { retry: 3000 }, wanted: 'retry: 3000\n\n' },
  { name: 'LF in data', given: { data: 'a\nb' }, wanted: 'data: a\ndata: b\n\n' },
  { name: 'CR in data', given: { data: 'a\rb' }, wanted: 'data: a\ndata: b\n\n' },
  { name: 'CRLF in data', given: { data: 'a\r\nb' }, wanted: 'data: a\ndata: b\n\n' },
  { name: 'LF CR in data', given: { data: 'a\n\rb' }, wanted: 'data: a\ndata: \ndata: b\n\n' },
  {
    name: 'line ends at both ends',
    given: { data: '\na\n' },
    wanted: 'data: \ndata: a\ndata: \n\n',
  },
  {
    name: 'a field in data',
    given: { data: 'x\nid: 7\n\nevent: y' },
    wanted: 'data: x\ndata: id: 7\ndata: \ndata: event: y\n\n',
  },
  {
    name: 'other line ends of Unicode, which are none here',
    given: { data: 'a\u2028b\u0085c\vd' },
    wanted: 'data: a\u2028b\u0085c\vd\n\n',
  },
  {
    name: 'spaces at both ends',
    given: { data: ' a ', event: ' b ' },
    wanted: 'event:  b \ndata:  a \n\n',
  },
])
  encoding(`${name} is ${JSON.stringify(wanted)}`, () => assert.is(encodeEvent(given), wanted))

for (const [name, given] of [
  ['an ID with LF', { id: 'a\nb' }],
  ['an ID with CR', { id: 'a\r' }],
  ['an ID with NUL', { id: '\0' }],
  ['a name with LF', { event: '\n', data: 'a' }],
  ['a name with CR', { event: 'a\rdata: b', data: 'a' }],
  ['nothing at all', {}],
  ['nothing but undefined', { data: undefined }],
  ['data that is no string', JSON.parse('{"data":{"a":1}}')],
  ['an ID that is no string', JSON.parse('{"id":7}')],
] satisfies readonly (readonly [string, EventMessage])[])
  encoding(`${name} is refused`, () => {
    throwsAtOnce(() => encodeEvent(given), TypeError)
  })

for (const retry of [-1, 0.5, Number.NaN, never, 2 ** 53])
  encoding(`a retry of ${retry} is refused`, () => {
    throwsAtOnce(() => encodeEvent({ retry }), RangeError)
  })

encoding.run()

const streams = suite('encodeEvents')

streams('each message is one frame, the head leaves first, a flush ends each burst', async () => {
  const given = ['one', { event: 'two', data: '2' }, 'three']
  async function* later(): AsyncGenerator<SourceItem> {
    yield* given
    // Turns and not a time: a stalled machine may be late for both.
    await turn(5)
    yield 'four'
  }
  const wanted = [
    ...['flush', 'data data: one\n\n', 'data event: two\ndata: 2\n\n', 'data data: three\n\n'],
    ...['flush', 'data data: four\n\n', 'end'],
  ]
  assert.equal(await read(encodeEvents(later())), wanted)
  assert.equal(await read(encodeEvents(given)), [...wanted.slice(0, 4), 'end'])
})

streams('a source that is there at once costs no promise', () => {
  for (const source of [['a', 'b'], watched([data(utf8('a')), data(utf8('b'))]).body]) {
    const reading = pullFrom(encodeEvents(source))
    for (const kind of ['flush', 'data', 'data']) {
      const frame = reading.pull()
      assert.ok(frame !== undefined && 'kind' in frame)
      assert.is(frame.kind, kind)
    }
    assert.is(reading.pull(), undefined)
  }
})

streams(
  'frames pass as they are: receipts, data that is encoded already, kinds of others',
  async () => {
    const own: AnyFrame = { kind: 'progress' }
    const { frame, sent } = flushed()
    const trailers: Trailers = { kind: 'trailers', fields: noFields }
    const source = ['a', frame, data(utf8('data: b\n\n')), own, trailers]
    assert.equal(await read(encodeEvents(source)), [
      ...['flush', 'data data: a\n\n', 'flush', 'data data: b\n\n', 'progress', 'trailers', 'end'],
    ])
    await within(bound, sent)
  },
)

streams('retryMs is told first', async () => {
  const found = await read(encodeEvents(['a'], { retryMs: 0 }))
  assert.equal(found, ['data retry: 0\n\n', 'flush', 'data data: a\n\n', 'end'])
})

streams(
  'nothing is asked of the source before it is wanted, and closing it unread closes it',
  async () => {
    const source = watched([data(utf8('a'))])
    const body = encodeEvents(source.body)
    await turn()
    assert.is(source.pulls, 0)
    await closeBody(body)
    assert.is(source.closes, 1)
    assert.is(source.pulls, 0)
  },
)

streams('it is closed once, after any frame, when its reader leaves', async () => {
  for (let taken = 0; taken <= 4; taken++) {
    let closes = 0
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 'a' }),
        return: async () => {
          closes++
          return { done: true, value: undefined }
        },
      }),
    }
    const reading = pullFrom(encodeEvents(source))
    for (let i = 0; i < taken; i++) await reading.pull()
    await reading.close()
    await reading.close()
    assert.is(closes, 1)
    assert.is(await reading.pull(), undefined)
  }
})

streams('a body is refused a second time, at the call', () => {
  const body = toBody('data: a\n\n')
  pullFrom(encodeEvents(body))
  throwsAtOnce(() => pullFrom(encodeEvents(body)), 'BODY_USED')
})

streams('what is no source, and options out of bounds, are refused at the call', () => {
  const wrong = [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, null]
  for (const [send, closes] of [
    [encodeEvents, 0],
    [events, 1],
  ] as const) {
    const source = watched([data(utf8('a'))])
    for (const none of ['text', 7, null, undefined, {}, () => {}])
      throwsAtOnce(() => Reflect.apply(send, undefined, [none]), TypeError)
    for (const retryMs of [Number.POSITIVE_INFINITY, ...wrong])
      throwsAtOnce(() => Reflect.apply(send, undefined, [source.body, { retryMs }]), RangeError)
    for (const heartbeatMs of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '8', 8n, null])
      throwsAtOnce(() => Reflect.apply(send, undefined, [source.body, { heartbeatMs }]), RangeError)
    for (const errorEvent of [null, 'failed', { data: 'failed' }])
      throwsAtOnce(() => Reflect.apply(send, undefined, [source.body, { errorEvent }]), TypeError)
    for (const client of [null, {}, { signal: new AbortController().signal }])
      throwsAtOnce(() => Reflect.apply(send, undefined, [source.body, { client }]), TypeError)
    // A response that was not made closes it; a filter leaves it as it was.
    assert.equal([source.pulls, source.closes], [0, closes])
  }
})

streams('a topic in place of its reading is refused, with what to do', () => {
  for (const send of [encodeEvents, events]) {
    const { message } = throwsAtOnce(
      () => Reflect.apply(send, undefined, [{ read: () => [] }]),
      TypeError,
    )
    assert.match(
      message,
      /^Cannot send events: found .*, wanted an iterable .*: use topic\.read\(\)$/,
    )
  }
})

for (const later of [false, true])
  streams(
    `empty data means nothing, however much of it there is${later ? ', later' : ''}`,
    async () => {
      const none = data(new Uint8Array())
      const items: SourceItem[] = [...Array(3000).fill(none), 'a', none, none, 'b', none]
      async function* generator() {
        yield* items
      }
      const source = later ? generator() : items
      const found = (await read(encodeEvents(source))).filter((word) => word !== 'flush')
      assert.equal(found, ['data data: a\n\n', 'data data: b\n\n', 'end'])
    },
  )

streams(
  'a source that closes its own stream while it is asked leaves no timer',
  leavingNothing(async () => {
    let reading: Pull<AnyFrame> | undefined
    let closes = 0
    const source = fromPull<Frame>(() => ({
      pull() {
        reading?.close()
        return turn().then(() => data(utf8('data: a\n\n')))
      },
      close() {
        closes++
      },
    }))
    reading = pullFrom(encodeEvents(source))
    await reading.pull()
    assert.is(await within(bound, Promise.resolve(reading.pull())), undefined)
    assert.is(closes, 1)
    await turn()
  }),
)

streams('data without bytes is no frame, and fails the stream', async () => {
  for (const bytes of [undefined, 'text', new Int8Array(1), [97]]) {
    const body: Body<AnyFrame> = Reflect.apply(encodeEvents, undefined, [[{ kind: 'data', bytes }]])
    await rejects(() => readText(body), TypeError)
  }
})

streams.run()

const failing = suite('encodeEvents: failing')

const error = new Error('the database is secret')
const closed = new HttpError('HUB_CLOSED', 'Cannot use the hub: it is closed', { status: 503 })

for (const { name, source } of [
  {
    name: 'a generator',
    source: async function* () {
      yield 'a'
      throw error
    },
  },
  {
    name: 'a generator that is there at once',
    source: function* () {
      yield 'a'
      throw error
    },
  },
  { name: 'a body', source: () => watched([data(utf8('data: a\n\n'))], { error }).body },
  {
    name: 'a body, later',
    source: () => watched([data(utf8('data: a\n\n'))], { error, later: true }).body,
  },
])
  failing(`${name}: the client is told an event, without the message, then the error`, async () => {
    const wanted = ['flush', 'data data: a\n\n', failed, 'flush', `error ${error.message}`]
    assert.equal(await read(encodeEvents(source())), wanted)
  })

for (const { name, source } of [
  { name: 'at once', source: () => watched([data(utf8('data: a\n\n'))], { error: closed }) },
  {
    name: 'later',
    source: () => watched([data(utf8('data: a\n\n'))], { error: closed, later: true }),
  },
  {
    name: 'in a pause',
    source: () =>
      watched<Frame>([
        data(utf8('data: a\n\n')),
        { kind: 'pause', until: sleep(1).then(() => Promise.reject(closed)) },
      ]),
  },
])
  failing(
    `a hub that is closed ends the stream, without an event or an error: ${name}`,
    async () => {
      const given = source()
      const found = await read(encodeEvents(given.body))
      assert.equal(
        found.filter((word) => word !== 'pause' && word !== 'flush'),
        ['data data: a\n\n', 'end'],
      )
    },
  )

failing('a pause that rejects, and a source that is closed then', async () => {
  const source = watched<Frame>([
    data(utf8('data: a\n\n')),
    { kind: 'pause', until: sleep(5).then(() => Promise.reject(error)) },
    data(utf8('data: b\n\n')),
  ])
  assert.equal(await read(encodeEvents(source.body)), [
    ...['flush', 'data data: a\n\n', 'pause', failed, 'flush', `error ${error.message}`],
  ])
  assert.is(source.closes, 1)
})

for (const [name, item] of [
  ['a message that cannot be encoded', { id: '\n' }],
  ['bytes', utf8('data: a\n\n')],
  ['null', null],
  ['a number', 7],
  ['undefined', undefined],
] as const)
  failing(`${name} fails the stream, and closes the source`, async () => {
    let closed = false
    function* source(): Generator<unknown> {
      try {
        yield 'a'
        yield item
      } finally {
        closed = true
      }
    }
    const body: Body = Reflect.apply(encodeEvents, undefined, [source()])
    const reading = pullFrom(body)
    for (const wanted of ['flush', 'data: a\n\n', failed.slice(5), 'flush']) {
      const frame = await reading.pull()
      assert.ok(frame !== undefined)
      assert.is(frame.kind === 'data' ? textOf(frame.bytes) : frame.kind, wanted)
    }
    await rejects(async () => reading.pull(), TypeError)
    assert.ok(closed)
    assert.is(await reading.pull(), undefined)
  })

failing('errorEvent says it otherwise, or not at all, and cannot make it worse', async () => {
  function* source() {
    yield 'a'
    throw error
  }
  const end = `error ${error.message}`
  const told: unknown[] = []
  const errorEvent = (found: unknown) => {
    told.push(found)
    return { event: 'failed', data: 'try later', retry: 60_000 }
  }
  assert.equal((await read(encodeEvents(source(), { errorEvent }))).slice(2), [
    ...['data event: failed\nretry: 60000\ndata: try later\n\n', 'flush', end],
  ])
  assert.equal(told, [error])
  for (const none of [
    () => undefined,
    () => ({ id: '\n' }),
    () => {
      throw new Error('another')
    },
  ])
    assert.equal((await read(encodeEvents(source(), { errorEvent: none }))).slice(2), [end])
})

failing('after the trailers nothing is told', async () => {
  const trailers: Trailers = { kind: 'trailers', fields: noFields }
  const source = watched<Frame>([trailers], { error })
  assert.equal(await read(encodeEvents(source.body)), [
    'flush',
    'trailers',
    `error ${error.message}`,
  ])
})

failing.run()

const alive = suite('encodeEvents: kept alive')

alive(
  'a comment and a flush leave while the source is quiet, and none while it is not',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const reading = pullFrom(encodeEvents(source.body, { heartbeatMs: 5 }))
    const found: string[] = []
    for (let i = 0; i < 7; i++) {
      const frame = await within(bound, reading.pull())
      assert.ok(frame !== undefined)
      found.push(frame.kind === 'data' ? textOf(frame.bytes) : frame.kind)
    }
    assert.equal(found, ['flush', ':\n\n', 'flush', ':\n\n', 'flush', ':\n\n', 'flush'])
    assert.is(source.pulls, 1)
    source.give(data(utf8('data: a\n\n')))
    const frame = await within(bound, reading.pull())
    assert.ok(frame?.kind === 'data' && textOf(frame.bytes) === 'data: a\n\n')
    await reading.close()
  }),
)

alive(
  'so do they in a pause, and it goes on after it',
  leavingNothing(async () => {
    const resumed = deferred()
    const pause: Frame = { kind: 'pause', until: resumed.promise }
    const found: string[] = []
    let beats = 0
    for await (const frame of encodeEvents(['a', pause, 'b'], { heartbeatMs: 5 })) {
      if (frame.kind === 'pause') await within(bound, frame.until)
      else found.push(frame.kind === 'data' ? textOf(frame.bytes) : frame.kind)
      if (found.at(-1) === ':\n\n' && ++beats === 3) resumed.resolve()
    }
    assert.equal(found.slice(0, 2), ['flush', 'data: a\n\n'])
    assert.is(found.filter((word) => word === ':\n\n').length, beats)
    assert.is(found.at(-1), 'data: b\n\n')
  }),
)

alive(
  'with Infinity nothing is sent, and no timer is set',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const reading = pullFrom(encodeEvents(source.body, { heartbeatMs: never }))
    await reading.pull()
    const waits = Promise.resolve(reading.pull())
    assert.is(await stateOf(waits), 'pending')
    await reading.close()
  }),
)

alive.run()

const ending = suite('encodeEvents: client')

/** A client whose server begins to close with this signal. */
const clientOf = (draining: AbortSignal) => ({ draining, signal: new AbortController().signal })

ending('it ends the stream in order while the source is waited for, and closes it', async () => {
  const source = handFed<Frame>()
  const controller = new AbortController()
  const found = read(encodeEvents(source.body, { client: clientOf(controller.signal) }))
  while (!source.waiting) await turn()
  source.give(data(utf8('data: a\n\n')))
  while (!source.waiting) await turn()
  assert.is(abortListeners(controller.signal), 1)
  controller.abort()
  assert.equal(
    (await found).filter((word) => word !== 'flush'),
    ['data data: a\n\n', 'end'],
  )
  assert.is(source.closes, 1)
  assert.is(abortListeners(controller.signal), 0)
})

ending(
  'so does a client that has gone',
  leavingNothing(async () => {
    const source = handFed<Frame>()
    const [gone, draining] = [new AbortController(), new AbortController()]
    const client = { signal: gone.signal, draining: draining.signal }
    const found = read(encodeEvents(source.body, { client }))
    while (!source.waiting) await turn()
    gone.abort()
    assert.equal(await found, ['flush', 'end'])
    assert.is(source.closes, 1)
    assert.is(abortListeners(gone.signal) + abortListeners(draining.signal), 0)
  }),
)

ending('it ends a pause', async () => {
  const controller = new AbortController()
  const pause: Frame = { kind: 'pause', until: new Promise(() => {}) }
  const found = read(encodeEvents(['a', pause, 'b'], { client: clientOf(controller.signal) }))
  await turn(3)
  controller.abort()
  assert.equal(await found, ['flush', 'data data: a\n\n', 'pause', 'end'])
})

ending('what comes too late is let go, and its receipt is told', async () => {
  const source = handFed<Frame>()
  const controller = new AbortController()
  const found = read(encodeEvents(source.body, { client: clientOf(controller.signal) }))
  while (!source.waiting) await turn()
  controller.abort()
  await turn()
  const { frame, sent } = flushed()
  source.give(frame)
  await rejects(() => within(bound, sent), 'FLUSH_LOST')
  assert.equal(await found, ['flush', 'end'])
})

ending('one that has aborted before ends it at once', async () => {
  assert.equal(
    await read(encodeEvents(handFed<Frame>().body, { client: clientOf(AbortSignal.abort()) })),
    ['flush', 'end'],
  )
})

ending('a thousand streams are one listener, and none when they are over', async () => {
  const controller = new AbortController()
  const options = { client: clientOf(controller.signal), heartbeatMs: never }
  const readings = Array.from({ length: 1000 }, () => pullFrom(encodeEvents(['a'], options)))
  for (const reading of readings) await reading.pull()
  assert.is(abortListeners(controller.signal), 1)
  for (const [at, reading] of readings.entries())
    if (at % 2 === 0) await reading.close()
    else while ((await reading.pull()) !== undefined);
  assert.is(abortListeners(controller.signal), 0)
})

ending(
  "a closing that fails then is nobody's",
  leavingNothing(async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<string>>(() => {}),
        return: () => Promise.reject(new Error('not closed')),
      }),
    }
    const controller = new AbortController()
    const found = read(encodeEvents(source, { client: clientOf(controller.signal) }))
    await turn()
    controller.abort()
    assert.equal(await found, ['flush', 'end'])
  }),
)

ending('a generator that closes its own stream is left once it has yielded', async () => {
  for (const fails of [false, true]) {
    let left = 0
    let closing: unknown
    function* source() {
      try {
        closing = reading.close()
        yield 'never sent'
      } finally {
        left++
        // biome-ignore lint/correctness/noUnsafeFinally: what closing throws
        if (fails) throw new Error('not closed')
      }
    }
    const reading = pullFrom(encodeEvents(source()))
    assert.is((await reading.pull())?.kind, 'flush')
    assert.is(await within(bound, reading.pull()), undefined)
    await closing
    assert.is(left, 1)
  }
})

ending.run()

const answers = suite('events')

answers('it has the fields of an event stream, and no-transform is not among them', () => {
  const { status, headers } = events(['a'])
  assert.is(status, 200)
  assert.equal(
    [...headers],
    [
      ['content-type', 'text/event-stream'],
      ['cache-control', 'no-cache'],
      ['x-accel-buffering', 'no'],
    ],
  )
})

answers('fields that are given stay, beside or in the place of its own', () => {
  const { headers } = events([], { headers: { 'cache-control': 'no-store', 'x-own': '1' } })
  assert.equal(
    [...headers].map(([name]) => name),
    ['cache-control', 'x-own', 'content-type', 'x-accel-buffering'],
  )
  assert.is(headers.get('cache-control'), 'no-store')
})

answers('its body is that of encodeEvents, options and all', async () => {
  assert.is(await readText(events(['a'], { retryMs: 5 }).body), 'retry: 5\n\ndata: a\n\n')
})

answers('a shared stream is one: whole messages are dropped for the slow', async () => {
  const messages = ['one', 'two', 'three', 'four', 'five']
  const shared = share(encodeEvents(messages), { maxBytes: 30, policy: 'drop-oldest' })
  const slow = events(shared.reader(), { retryMs: 1 })
  await readText(shared.reader())
  assert.is(await readText(slow.body), 'retry: 1\n\ndata: four\n\ndata: five\n\n')
})

answers.run()

const ids = suite('lastEventId')

const idOf = (value: string) => lastEventId({ headers: fields({ 'Last-Event-ID': value }) })

ids('it is what the client says, and undefined where it says nothing', () => {
  assert.is(idOf('7'), '7')
  assert.is(idOf(''), undefined)
  assert.is(lastEventId({ headers: noFields }), undefined)
})

ids('it is read as UTF-8, and as it stands where it is none', () => {
  const asField = (id: string) => Buffer.from(id).toString('latin1')
  for (const id of ['ä', '日本', '🦥', 'a'.repeat(2000)]) assert.is(idOf(asField(id)), id)
  assert.is(idOf('\xe4'), 'ä')
})

ids.run()
