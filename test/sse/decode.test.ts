// @slow 6
// From the wire to messages, by WHATWG HTML 9.2.5 and 9.2.6. From messages to the wire: encode.test.ts.
import { data, toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { flushed } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { decodeEvents, encodeEvents } from '@sluice/sse'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { handFed, watched } from '../support/bodies/sources.ts'
import { holds } from '../support/holds.ts'
import { cutAt, cuts, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Frame } from '@sluice/body'
import type { DecodeEventsOptions, EventMessage, ReceivedMessage } from '@sluice/sse'

const bound = 5000

interface Received {
  readonly messages: readonly ReceivedMessage[]
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

const receive = async (body: Body<AnyFrame>, options?: DecodeEventsOptions): Promise<Received> => {
  const events = decodeEvents(body, options)
  const messages: ReceivedMessage[] = []
  for await (const message of events) messages.push(message)
  const { lastEventId, retryMs } = events
  return { messages, lastEventId, retryMs }
}

const received = (pieces: readonly Uint8Array[], options?: DecodeEventsOptions) =>
  within(bound, receive(toBody(watched(pieces.map(data)).body), options))

const message = (data: string, event = 'message', lastEventId = ''): ReceivedMessage => ({
  data,
  event,
  lastEventId,
})

interface Row {
  readonly name: string
  readonly given: string | Uint8Array
  readonly wanted: readonly ReceivedMessage[]
  readonly lastEventId?: string
  readonly retryMs?: number
}

const mark = '\ufeff'

const rows: readonly Row[] = [
  { name: 'nothing', given: '', wanted: [] },
  // The three examples of 9.2.6.
  {
    name: 'the stock ticker of the specification',
    given: 'data: YHOO\ndata: +2\ndata: 10\n\n',
    wanted: [message('YHOO\n+2\n10')],
  },
  {
    name: 'the four blocks of the specification',
    given:
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
    wanted: [message('first event', 'message', '1'), message('second event')],
  },
  {
    name: 'the empty events of the specification',
    given: 'data\n\ndata\ndata\n\ndata:',
    wanted: [message(''), message('\n')],
  },
  {
    name: 'the space of the specification',
    given: 'data:test\n\ndata: test\n\n',
    wanted: [message('test'), message('test')],
  },
  { name: 'one space is taken, no more', given: 'data:  a \n\n', wanted: [message(' a ')] },
  { name: 'a tab is none', given: 'data:\ta\n\n', wanted: [message('\ta')] },
  { name: 'colons in a value', given: 'data: a: b:c\n\n', wanted: [message('a: b:c')] },
  { name: 'LF', given: 'data: a\ndata: b\n\ndata: c\n\n', wanted: [message('a\nb'), message('c')] },
  { name: 'CR', given: 'data: a\rdata: b\r\rdata: c\r\r', wanted: [message('a\nb'), message('c')] },
  {
    name: 'CRLF',
    given: 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n',
    wanted: [message('a\nb'), message('c')],
  },
  {
    name: 'line ends of all sorts',
    given: 'data: a\r\ndata: b\rdata: c\n\rdata: d\n\r\ndata: e\r\r\n',
    wanted: [message('a\nb\nc'), message('d'), message('e')],
  },
  {
    name: 'LF CR is two ends',
    given: 'data: a\n\rdata: b\n\r',
    wanted: [message('a'), message('b')],
  },
  { name: 'U+2028 is no line end', given: 'data: a\u2028b\n\n', wanted: [message('a\u2028b')] },
  { name: 'no empty line at the end', given: 'data: a\n\ndata: b\n', wanted: [message('a')] },
  { name: 'no end of the line', given: 'data: a\n\ndata: b', wanted: [message('a')] },
  { name: 'empty lines', given: '\n\n\r\n\rdata: a\n\n\n\n\n', wanted: [message('a')] },
  { name: 'a mark first', given: `${mark}data: a\n\n`, wanted: [message('a')] },
  {
    name: 'two marks first',
    given: `${mark}${mark}data: a\n\ndata: b\n\n`,
    wanted: [message('b')],
  },
  { name: 'a mark later', given: `data: a\n\n${mark}data: b\n\n`, wanted: [message('a')] },
  { name: 'a mark before a comment', given: `${mark}: c\n${mark}data: a\n\n`, wanted: [] },
  { name: 'a mark behind a comment', given: `: c\n${mark}data: a\n\n`, wanted: [] },
  { name: 'a mark in a value', given: `data: ${mark}a\n\n`, wanted: [message(`${mark}a`)] },
  { name: 'a mark alone', given: mark, wanted: [] },
  {
    name: 'comments',
    given: ':\n:a\n: data: b\ndata: c\n:\ndata: d\n:e\n\n:',
    wanted: [message('c\nd')],
  },
  {
    name: 'an event without data is none',
    given: 'event: a\n\ndata: b\n\n',
    wanted: [message('b')],
  },
  {
    name: 'names, and the last of two',
    given: 'event: a\ndata: 1\n\nevent: b\nevent: c\ndata: 2\n\nevent: d\nevent:\ndata: 3\n\n',
    wanted: [message('1', 'a'), message('2', 'c'), message('3')],
  },
  {
    name: 'IDs last until another comes, and an empty one takes it back',
    given: 'id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\n',
    wanted: [
      message('a', 'message', '1'),
      message('b', 'message', '1'),
      message('c', 'message', '2'),
      message('d'),
    ],
  },
  {
    name: 'an ID counts from its empty line on',
    given: 'id: 1\ndata: a\n\nid: 2\ndata: b\n',
    wanted: [message('a', 'message', '1')],
    lastEventId: '1',
  },
  {
    name: 'an ID with NUL is ignored',
    given: 'id: 1\n\nid: 2\0\ndata: a\n\nid: \0\n\n',
    wanted: [message('a', 'message', '1')],
    lastEventId: '1',
  },
  {
    name: 'NUL elsewhere is text',
    given: 'data: \0\nevent: \0\n\n',
    wanted: [message('\0', '\0')],
  },
  { name: 'a retry', given: 'retry: 007\n\n', wanted: [], retryMs: 7 },
  {
    name: 'a retry that is not followed by an empty line',
    given: 'retry:5\n',
    wanted: [],
    retryMs: 5,
  },
  ...['', '+1', '-1', '1.5', '1e3', '0x1', ' 1', '1 ', '१', '1,000', '1\0', '\0'].map(
    (digits): Row => ({
      name: `a retry of ${JSON.stringify(digits)} is ignored`,
      given: `retry: 3\nretry: ${digits}\n\n`,
      wanted: [],
      retryMs: 3,
    }),
  ),
  ...(
    [
      ['1'.repeat(15), 111_111_111_111_111],
      [`${'0'.repeat(30)}7`, 7],
      ['9007199254740991', Number.MAX_SAFE_INTEGER],
      ['9007199254740992', Number.MAX_SAFE_INTEGER],
      ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ] as const
  ).map(
    ([digits, retryMs]): Row => ({
      name: `a retry of ${digits.length} digits is ${retryMs}`,
      given: `retry: 3\nretry: ${digits}\n\n`,
      wanted: [],
      retryMs,
    }),
  ),
  {
    name: 'unknown fields, and names in other letters',
    given: 'Data: a\nDATA: b\ndata : c\n data: d\ndatas: e\ndat: f\nfoo\nid : 1\n\ndata: g\n\n',
    wanted: [message('g')],
  },
  {
    name: 'text of two, three and four bytes',
    given: 'event: ä\nid: 日\ndata: ä日🦥\n\n',
    wanted: [message('ä日🦥', 'ä', '日')],
    lastEventId: '日',
  },
  {
    name: 'bytes that are no UTF-8',
    given: Uint8Array.from([
      ...utf8('data: '),
      0xff,
      0xe6,
      0x97,
      0x0a,
      ...utf8('data: '),
      0xc3,
      0x0d,
      0x0d,
    ]),
    wanted: [message('\ufffd\ufffd\n\ufffd')],
  },
]

const grammar = suite('decodeEvents: the grammar')

for (const { name, given, wanted, lastEventId, retryMs } of rows)
  grammar(name, async () => {
    const bytes = typeof given === 'string' ? utf8(given) : given
    for (const { name: cut, pieces } of cuts(bytes)) {
      const found = await received(pieces)
      assert.equal(found.messages, wanted, cut)
      assert.is(found.lastEventId, lastEventId ?? wanted.at(-1)?.lastEventId ?? '', cut)
      assert.is(found.retryMs, retryMs, cut)
    }
  })

grammar('what was encoded is decoded, however it is cut', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 })
  const breaking = fc
    .array(fc.oneof(text, fc.constantFrom('\n', '\r', '\r\n', ':', ' ', 'data: ', mark)), {
      maxLength: 6,
    })
    .map((parts) => parts.join(''))
  const name = text.filter((word) => word !== '' && !/[\r\n\0]/.test(word))
  const given = fc.array(
    fc.record(
      { data: breaking, event: name, id: name, retry: fc.nat() },
      { requiredKeys: ['data'] },
    ),
    { maxLength: 5 },
  )
  const property = fc.asyncProperty(given, fc.array(fc.nat(300)), async (messages, places) => {
    let lastEventId = ''
    const wanted = messages.map(({ data: text, event, id }: EventMessage) => {
      lastEventId = id ?? lastEventId
      return message((text ?? '').replaceAll(/\r\n?/g, '\n'), event, lastEventId)
    })
    const parts: Uint8Array[] = []
    for await (const frame of encodeEvents(messages))
      if (frame.kind === 'data') parts.push(frame.bytes)
    const found = await received(cutAt(Buffer.concat(parts), places))
    assert.equal(found.messages, wanted)
    assert.is(found.retryMs, messages.findLast(({ retry }) => retry !== undefined)?.retry)
  })
  await holds(property, 300)
})

grammar.run()

const bounds = suite('decodeEvents: bounds')

// 'event: a' and 'data: bc' are sixteen bytes.
for (const [maxEventBytes, fits] of [
  [15, false],
  [16, true],
] as const)
  bounds(`an event of 16 bytes ${fits ? 'fits' : 'does not fit'} in ${maxEventBytes}`, async () => {
    const given = utf8('event: a\r\n: a comment of any length\r\ndata: bc\r\n\r\n'.repeat(3))
    for (const { pieces } of cuts(given)) {
      if (fits) assert.is((await received(pieces, { maxEventBytes })).messages.length, 3)
      else await rejects(() => received(pieces, { maxEventBytes }), 'BODY_TOO_LARGE')
    }
  })

bounds('a line without end is refused before it is held', async () => {
  let pulled = 0
  function* endless() {
    for (;;) {
      pulled++
      yield new Uint8Array(1000).fill(97)
    }
  }
  await rejects(() => receive(toBody(endless()), { maxEventBytes: 10_000 }), 'BODY_TOO_LARGE')
  assert.is(pulled, 11)
})

bounds('comments without end are not held, and not refused', async () => {
  function* comments() {
    yield ':'
    for (let i = 0; i < 3000; i++) yield new Uint8Array(1000).fill(97)
    yield '\ndata: a\n\n'
  }
  const found = await receive(toBody(comments()), { maxEventBytes: 10 })
  assert.equal(found.messages, [message('a')])
})

bounds('lines that are no data count until the empty line', async () => {
  const given = utf8('x\n'.repeat(11))
  await rejects(() => received([given], { maxEventBytes: 10 }), 'BODY_TOO_LARGE')
})

/** Bytes of memory that stay in use, of all kinds. */
const memory = (): number => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const large = 16_384

/** What stays in use before the end of a body that comes byte by byte. */
const heldOf = async (sent: Uint8Array): Promise<number> => {
  let at = 0
  let held = 0
  const before = memory()
  const body = fromPull<Frame>(() => ({
    pull() {
      const byte = sent[at++]
      if (byte === undefined) {
        held = memory() - before
        return undefined
      }
      // As from a socket: some buffers are much larger than what came in them.
      const bytes = new Uint8Array(at % 10 === 5 ? large : 1).subarray(0, 1)
      bytes[0] = byte
      return data(bytes)
    },
    close() {},
  }))
  assert.equal((await receive(body)).messages, [])
  return held
}

for (const { name, line } of [
  { name: 'a line without an end', line: 'data: and on and on and on' },
  { name: 'lines of data without an empty line', line: 'data:a\n' },
  { name: 'lines of empty data', line: 'data\n' },
  { name: 'unknown fields', line: 'a\n' },
  { name: 'names', line: 'event:abc\n' },
  { name: 'IDs', line: 'id:abc\n' },
  { name: 'times', line: 'retry:7\n' },
  { name: 'comments', line: ':\n' },
])
  bounds(
    `${name}, byte by byte: at most 8 KiB and three times what was sent are held`,
    async () => {
      const count = 20_000
      const sent = utf8(line.repeat(Math.ceil(count / line.length))).subarray(0, count)
      // Compiled code, and what others in the process just allocated, is no part of it: the least of some counts.
      let held = Number.POSITIVE_INFINITY
      for (let tries = 0; tries < 5 && held > 8192 + 3 * count; tries++)
        held = Math.min(held, await heldOf(sent))
      assert.ok(held <= 8192 + 3 * count, `it held ${held} bytes`)
    },
  )

bounds('bounds that are none are refused at the call, and the body is not taken', () => {
  const body = toBody('')
  for (const maxEventBytes of [0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n])
    throwsAtOnce(
      () => Reflect.apply(decodeEvents, undefined, [body, { maxEventBytes }]),
      RangeError,
    )
  for (const lastEventId of [null, 7, {}])
    throwsAtOnce(() => Reflect.apply(decodeEvents, undefined, [body, { lastEventId }]), TypeError)
  pullFrom(body)
  throwsAtOnce(() => decodeEvents(body), 'BODY_USED')
})

bounds.run()

const reading = suite('decodeEvents: reading')

reading(
  'a message is given when its empty line is there, and no further byte is waited for',
  async () => {
    for (const end of ['\n', '\r', '\r\n']) {
      const source = handFed<Frame>()
      const events = decodeEvents(source.body)
      const first = events.next()
      await turn()
      source.give(data(utf8(`data: a${end}${end}`)))
      assert.equal(await within(bound, first), { done: false, value: message('a') })
      const second = events.next()
      await turn()
      source.give(data(utf8(`data: b${end}${end}data: c${end}${end}`)))
      assert.equal(await within(bound, second), { done: false, value: message('b') })
      assert.is(source.pulls, 2)
      assert.equal(await within(bound, events.next()), { done: false, value: message('c') })
      assert.is(source.pulls, 2)
      await events.return?.()
      assert.is(source.closes, 1)
    }
  },
)

reading(
  'nothing is pulled before it is asked for, and leaving before closes the body',
  async () => {
    const source = watched([data(utf8('data: a\n\n'))])
    const events = decodeEvents(source.body)
    await turn()
    await events.return?.()
    assert.is(source.pulls, 0)
    assert.is(source.closes, 1)
    assert.equal(await events.next(), { done: true, value: undefined })
  },
)

reading('leaving the loop closes the body once', async () => {
  const source = watched([data(utf8('data: a\n\ndata: b\n\n'))])
  for await (const { data: text } of decodeEvents(source.body)) {
    assert.is(text, 'a')
    break
  }
  assert.is(source.closes, 1)
})

reading('leaving while a message is waited for ends the wait', async () => {
  const source = handFed<Frame>()
  const events = decodeEvents(source.body)
  const waits = events.next()
  assert.is(await stateOf(waits), 'pending')
  await events.return?.()
  assert.equal(await within(bound, waits), { done: true, value: undefined })
})

const answers = async (
  asked: readonly Promise<IteratorResult<ReceivedMessage>>[],
): Promise<readonly string[]> => {
  const outcomes = await within(bound, Promise.allSettled(asked))
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') return `error ${outcome.reason.message}`
    return outcome.value.done === true ? 'done' : outcome.value.value.data
  })
}

for (const later of [false, true])
  reading(
    `messages that are asked for ahead come in the order of asking${later ? ', later' : ''}`,
    async () => {
      const frames = ['data: 1\n\ndata: 2\n\n', 'data: 3\n', '\ndata: 4\n\n'].map((text) =>
        data(utf8(text)),
      )
      const source = watched(frames, { later })
      const events = decodeEvents(source.body)
      const asked = Array.from({ length: 6 }, () => events.next())
      assert.equal(await answers(asked), ['1', '2', '3', '4', 'done', 'done'])
      assert.equal(await events.next(), { done: true, value: undefined })
    },
  )

reading('an error comes once, to the first that was asked for behind the messages', async () => {
  const source = watched([data(utf8('data: 1\n\n'))], { later: true, error: new Error('broken') })
  const events = decodeEvents(source.body)
  const asked = [events.next(), events.next(), events.next()]
  assert.equal(await answers(asked), ['1', 'error broken', 'done'])
})

reading('leaving ends every wait, of those asked ahead too, and closes the body once', async () => {
  const source = handFed<Frame>()
  const events = decodeEvents(source.body)
  const asked = [events.next(), events.next(), events.next()]
  await turn()
  source.give(data(utf8('data: 1\n\n')))
  await turn()
  await events.return?.()
  assert.equal(await answers(asked), ['1', 'done', 'done'])
  assert.is(source.closes, 1)
})

reading('a generator that hands the messages on closes the body when it is thrown at', async () => {
  const source = watched([data(utf8('data: 1\n\ndata: 2\n\n'))])
  async function* handed() {
    yield* decodeEvents(source.body)
  }
  const messages = handed()
  await messages.next()
  await rejects(() => messages.throw(new Error('thrown')), TypeError)
  assert.is(source.closes, 1)
})

reading(
  'an error of the body is theirs, behind what came before it; what is needed to come again stays',
  async () => {
    const error = new Error('broken')
    const source = watched([data(utf8('retry: 9\nid: 4\ndata: a\n\nid: 5\ndata: b'))], { error })
    const events = decodeEvents(source.body, { lastEventId: '3' })
    assert.is(events.lastEventId, '3')
    assert.equal((await events.next()).value, message('a', 'message', '4'))
    await rejects(() => events.next(), error)
    assert.equal(await events.next(), { done: true, value: undefined })
    assert.is(events.lastEventId, '4')
    assert.is(events.retryMs, 9)
  },
)

reading('the ID of an earlier stream is that of messages without one', async () => {
  const { messages } = await received([utf8('data: a\n\n')], { lastEventId: '3' })
  assert.equal(messages, [message('a', 'message', '3')])
})

reading('a pause is waited for, and a flush is told', async () => {
  const { frame, sent } = flushed()
  const pause: Frame = { kind: 'pause', until: sleep(5) }
  const body = toBody(['data: a\n', frame, pause, '\n', { kind: 'progress' }])
  assert.equal((await receive(body)).messages, [message('a')])
  await within(bound, sent)
})

reading('the failure of an event that is too large closes the body', async () => {
  const source = watched([data(utf8('data: a'))])
  await rejects(() => receive(source.body, { maxEventBytes: 3 }), 'BODY_TOO_LARGE')
  assert.is(source.closes, 1)
})

reading.run()
