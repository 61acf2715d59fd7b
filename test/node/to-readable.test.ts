// A body as a Node Readable.
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { data, fields, toBody } from '@sluice/body'
import { toReadable } from '@sluice/node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { handFed } from '../support/bodies/sources.ts'
import { codeOf } from '../support/code-of.ts'
import { deferred, turn } from '../support/within.ts'
import type { AnyFrame, Frame } from '@sluice/body'

const flush = { kind: 'flush' } as const

const readAll = async (readable: Readable): Promise<string> => {
  let text = ''
  for await (const chunk of readable) text += chunk
  return text
}

const readables = suite('toReadable')

readables(
  'gives the bytes of a body, in order, as a Readable of Node',
  leavingNothing(async () => {
    const readable = toReadable(toBody(['one, ', flush, new Uint8Array([50]), ' three']))
    assert.instance(readable, Readable)
    assert.is(await readAll(readable), 'one, 2 three')
  }),
)

readables(
  'pulls nothing before it is read, and no more than its buffer holds',
  leavingNothing(async () => {
    let pulled = 0
    const body = toBody(
      (function* () {
        for (;;) {
          pulled++
          yield new Uint8Array(10_000)
        }
      })(),
    )
    const readable = toReadable(body)
    await turn(3)
    assert.is(pulled, 0)
    readable.read(1)
    await turn(10)
    assert.ok(pulled > 0 && pulled * 10_000 <= 2 * readable.readableHighWaterMark + 20_000)
    readable.destroy()
  }),
)

readables(
  'a flush and trailers are events, in their place',
  leavingNothing(async () => {
    const log: string[] = []
    const trailers = { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) } as const
    const readable = toReadable(toBody(['one', flush, 'two', trailers]))
    readable.on('flush', () => log.push('flush'))
    readable.on('trailers', (list) => log.push(`trailers ${list.get('x-sum')}`))
    readable.on('data', (bytes) => log.push(String(bytes)))
    await new Promise((resolve) => readable.once('end', resolve))
    assert.equal(
      log.filter((each) => each !== 'one' && each !== 'two'),
      ['flush', 'trailers 9f'],
    )
    assert.is(log.filter((each) => each === 'one' || each === 'two').join(), 'one,two')
  }),
)

readables(
  'a receipt is settled when the data before its flush was taken',
  leavingNothing(async () => {
    const receipts: unknown[] = []
    const sent = (lost?: unknown) => receipts.push(lost)
    const readable = toReadable(toBody(['one', { kind: 'flush', sent } as const]))
    await new Promise((resolve) => readable.once('readable', resolve))
    assert.equal(receipts, [])
    readable.read()
    assert.equal(receipts, [undefined])
    readable.destroy()
  }),
)

readables(
  'a receipt that is left when the stream is destroyed is told FLUSH_LOST',
  leavingNothing(async () => {
    const receipts: unknown[] = []
    const sent = (lost?: unknown) => receipts.push(codeOf(lost))
    const readable = toReadable(toBody(['one', { kind: 'flush', sent } as const]))
    await new Promise((resolve) => readable.once('readable', resolve))
    readable.destroy()
    await turn(2)
    assert.equal(receipts, ['FLUSH_LOST'])
  }),
)

readables(
  'a pause holds what comes after it; if it rejects, the stream is destroyed with its reason',
  leavingNothing(async () => {
    const gate = deferred()
    const pause = { kind: 'pause', until: gate.promise } as const
    const readable = toReadable(toBody(['one', pause, 'two']))
    const got: string[] = []
    readable.on('data', (bytes) => got.push(String(bytes)))
    await turn(5)
    assert.equal(got, ['one'])
    gate.resolve(undefined)
    await new Promise((resolve) => readable.once('end', resolve))
    assert.equal(got, ['one', 'two'])

    const error = new Error('not now')
    const failing = { kind: 'pause', until: Promise.reject(error) } as const
    const failed = toReadable(toBody(['one', failing, 'two']))
    assert.is(await readAll(failed).catch((each) => each), error)
  }),
)

readables(
  'an error of the body destroys the stream with it, and its data comes first',
  leavingNothing(async () => {
    const error = new Error('broken')
    const readable = toReadable(
      (async function* (): AsyncGenerator<Frame> {
        yield data(Uint8Array.of(97))
        throw error
      })(),
    )
    const seen: unknown[] = []
    readable.on('data', (bytes) => seen.push(String(bytes)))
    await new Promise((resolve) => readable.once('error', (each) => resolve(seen.push(each))))
    assert.equal(seen, ['a', error])
  }),
)

for (const [name, readFirst] of [
  ['that was never read', false],
  ['that is being read', true],
] as const) {
  readables(
    `destroying a stream ${name} closes its body once`,
    leavingNothing(async () => {
      const seen = handFed<Frame>()
      const readable = toReadable(seen.body)
      if (readFirst) readable.read()
      readable.destroy()
      readable.destroy()
      await new Promise((resolve) => readable.once('close', resolve))
      assert.is(seen.closes, 1)
    }),
  )
}

readables(
  'a frame after the trailers is BODY_INVALID, and what came before it arrives',
  leavingNothing(async () => {
    const trailers = { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) } as const
    const readable = toReadable(toBody(['one', trailers, 'two']))
    const seen: unknown[] = []
    readable.on('data', (bytes) => seen.push(String(bytes)))
    readable.on('trailers', () => seen.push('trailers'))
    await new Promise((resolve) =>
      readable.once('error', (error) => resolve(seen.push(codeOf(error)))),
    )
    assert.equal(seen, ['one', 'trailers', 'BODY_INVALID'])
  }),
)

readables(
  'a body that was read before is BODY_USED',
  leavingNothing(async () => {
    const body = toBody('once')
    await readAll(toReadable(body))
    const error = await readAll(toReadable(body)).catch((each) => each)
    assert.is(codeOf(error), 'BODY_USED')
  }),
)

readables(
  'a pipeline into a slow writable gets every byte',
  leavingNothing(async () => {
    let got = 0
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk, _, done) {
        got += chunk.length
        setImmediate(done)
      },
    })
    const frames = Array.from({ length: 100 }, () => new Uint8Array(10_000))
    await pipeline(toReadable(toBody(frames)), slow)
    assert.is(got, 1_000_000)
  }),
)

/** Ways to read a stream, with what it gave and its events in one list. */
const readers: readonly (readonly [
  string,
  (readable: Readable, log: string[]) => Promise<void>,
])[] = [
  [
    'a listener to `data`',
    (readable, log) =>
      new Promise((resolve) => {
        readable.on('data', (bytes) => log.push(String(bytes)))
        readable.once('end', () => resolve(undefined))
      }),
  ],
  [
    '`for await`',
    async (readable, log) => {
      for await (const bytes of readable) log.push(String(bytes))
    },
  ],
  [
    'a listener to `readable`',
    (readable, log) =>
      new Promise((resolve) => {
        readable.on('readable', () => {
          for (let bytes = readable.read(); bytes !== null; bytes = readable.read())
            log.push(String(bytes))
        })
        readable.once('end', () => resolve(undefined))
      }),
  ],
  [
    'a pipe to a slow stream',
    (readable, log) =>
      pipeline(
        readable,
        new Writable({
          highWaterMark: 1,
          write(bytes, _encoding, done) {
            log.push(String(bytes))
            setImmediate(done)
          },
        }),
      ),
  ],
]

async function* waiting(frames: readonly (Frame | string)[]): AsyncGenerator<Frame | string> {
  yield* frames
}

for (const [name, read] of readers) {
  readables(
    `events come after the data before them, and before that after them: ${name}`,
    leavingNothing(async () => {
      const trailers = { kind: 'trailers', fields: fields({}) } as const
      const given = ['a', flush, 'b', 'c', flush, flush, 'd', trailers]
      for (const body of [toBody(given), toBody(waiting(given))]) {
        const log: string[] = []
        const readable = toReadable(body)
        readable.on('flush', () => log.push('F'))
        readable.on('trailers', () => log.push('T'))
        await read(readable, log)
        assert.is(log.join(''), 'aFbcFFdT')
      }
    }),
  )
}

const endless: readonly (readonly [string, AnyFrame | Frame])[] = [
  ['flushes', flush],
  ['empty data', data(new Uint8Array(0))],
  ['pauses whose promise is settled', { kind: 'pause', until: Promise.resolve() }],
  ['frames of an unknown kind', { kind: 'unknown' }],
]

for (const [name, frame] of endless) {
  readables(
    `an endless body of ${name} does not hold the event loop`,
    leavingNothing(async () => {
      let most = 0
      let inTurn = 0
      const readable = toReadable(
        (async function* (): AsyncGenerator<AnyFrame | Frame> {
          for (;;) {
            if (++inTurn > 1_000_000) throw new Error('no other code has run')
            yield frame
          }
        })(),
      )
      readable.resume()
      for (let i = 0; i < 5; i++) {
        await turn()
        most = Math.max(most, inTurn)
        inTurn = 0
      }
      assert.ok(most > 0)
      readable.destroy()
    }),
  )
}

readables.run()
