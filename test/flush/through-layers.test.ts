// @slow 9
// Flushes and their receipts through every layer, to the kernel and to the client.
import { randomBytes } from 'node:crypto'
import { data, isFlush, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { encodeChunked } from '@sluice/chunked-input'
import { compress } from '@sluice/compress'
import { limitBytes, mapBytes, pipe, tap } from '@sluice/filter'
import { autoFlush, flush, flushed, proxyHints, throttleFlush } from '@sluice/flush'
import { heartbeat } from '@sluice/pause'
import { output, stack, stream } from '@sluice/stack'
import { coalesce, share, writer } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { StreamedText } from '../support/repository/streamed-text.ts'
import { readContent, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, stateOf, within } from '../support/within.ts'
import type { Body, Frame } from '@sluice/body'
import type { Handler, HttpResponse, PassingMiddleware } from '@sluice/stack'

const bound = 10_000
const never = Number.POSITIVE_INFINITY
/** Nothing leaves it but what is flushed, or what makes a block. */
const compressed = compress({ maxDelayMs: never })

const page = (body: Body): HttpResponse =>
  stream(body, { headers: { 'content-type': 'text/html' } })

for (const under of codings) {
  const accept = `accept-encoding: ${under.coding}`

  const automatic = suite(`flow: autoFlush under ${under.coding}`)

  automatic(
    'each piece can be read before the next is written, where the source is quiet in between',
    serving(async (start) => {
      const out = writer()
      const app = stack(compressed, output(autoFlush()))(() => page(out.body))
      const client = await (await start(app)).connect()
      client.send(get('/', accept))
      out.write('the first ')
      const read = await StreamedText.of(client, under)
      await read.to('the first ')
      for (let i = 0; i < 20; i++) {
        out.write(`piece ${i} `)
        await read.to(`piece ${i} `)
      }
      out.finish()
      assert.is(await read.rest(), '')
    }),
  )

  automatic(
    'what came before maxBytes can be read before the rest is written, and what came after cannot',
    serving(async (start) => {
      const out = writer()
      const filter = autoFlush({ idleMs: never, maxBytes: 100 })
      const site = await start(stack(compressed, output(filter))(() => page(out.body)))
      const client = await site.connect()
      client.send(get('/', accept))
      const [first, second] = ['a'.repeat(100), 'b'.repeat(99)]
      out.write(first)
      out.write(second)
      const read = await StreamedText.of(client, under)
      await read.to(first)
      const bytes = await site.standstill(() => client.receivedBytes)
      out.write('c')
      await read.to(`${second}c`)
      assert.ok(client.receivedBytes > bytes)
      out.finish()
      assert.is(await read.rest(), '')
    }),
  )

  automatic.run()

  const throttled = suite(`flow: throttleFlush under ${under.coding}`)

  throttled(
    'the first flush leaves at once; those that come too early leave together, when they may',
    serving(async (start) => {
      const out = writer()
      const app = stack(compressed, output(throttleFlush({ everyMs: 200 })))(() => page(out.body))
      const client = await (await start(app)).connect()
      client.send(get('/', accept))
      out.write('first ')
      const first = out.flush()
      const read = await StreamedText.of(client, under)
      await read.to('first ')
      await within(bound, first)
      out.write('second ')
      const second = out.flush()
      out.write('third ')
      const third = out.flush()
      await read.to('second third ')
      await within(bound, Promise.all([second, third]))
      out.finish()
      assert.is(await read.rest(), '')
    }),
  )

  throttled(
    'one that may not leave yet does so before a pause and before the end',
    serving(async (start) => {
      const out = writer()
      const resumed = deferred()
      const filter = throttleFlush({ everyMs: never })
      const site = await start(stack(compressed, output(filter))(() => page(out.body)))
      const client = await site.connect()
      client.send(get('/', accept))
      out.write('first ')
      out.flush()
      const read = await StreamedText.of(client, under)
      await read.to('first ')
      out.write('second ')
      const second = out.flush()
      const bytes = await site.standstill(() => client.receivedBytes)
      assert.is(await stateOf(second), 'pending')
      out.pause(resumed.promise)
      await read.to('second ')
      assert.ok(client.receivedBytes > bytes)
      await within(bound, second)
      resumed.resolve()
      out.write('third ')
      const third = out.flush()
      out.finish()
      assert.is(await read.rest(), 'third ')
      await within(bound, third)
    }),
  )

  throttled.run()

  const receipts = suite(`flow: receipts through ${under.coding}`)

  receipts(
    'when one is told, all before it can be read, though nothing comes after it',
    serving(async (start) => {
      const { frame, sent } = flushed()
      const goOn = deferred()
      async function* body(): AsyncGenerator<string | Frame> {
        yield '<p>one '
        yield '<p>two '
        yield frame
        await goOn.promise
        yield '<p>three'
      }
      const app = stack(
        compressed,
        output(coalesce({ minBytes: 65_536 })),
      )(() => page(toBody(body())))
      const client = await (await start(app)).connect()
      client.send(get('/', accept))
      const read = await StreamedText.of(client, under)
      await within(bound, sent)
      await read.to('<p>one <p>two ')
      goOn.resolve()
      assert.is(await read.rest(), '<p>three')
    }),
  )

  receipts(
    'a client that does not read has none told, until it does',
    serving(async (start) => {
      const content = new Uint8Array(randomBytes(8 * 1_048_576))
      const { frame, sent } = flushed()
      async function* body(): AsyncGenerator<Uint8Array | Frame> {
        for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
        yield frame
        yield utf8('the end')
      }
      const site = await start(
        stack(compressed, output(coalesce({ minBytes: 16_384 })))(() => page(toBody(body()))),
      )
      const client = await site.connect()
      client.send(get('/', accept))
      client.pause()
      await site.standstill(() => client.receivedBytes)
      assert.is(await stateOf(sent), 'pending')
      client.resume()
      const { content: coded } = await readContent(client, await readHead(client))
      await within(bound, sent)
      const found = Buffer.from(under.decode(Buffer.from(coded, 'latin1')))
      assert.ok(found.equals(Buffer.concat([content, utf8('the end')])))
    }),
  )

  receipts(
    'where the client leaves, each that was given is told, and lost where it could not be sent',
    serving(async (start) => {
      const content = randomBytes(1000)
      const given: Promise<void>[] = []
      async function* body(): AsyncGenerator<Uint8Array | Frame> {
        for (;;) {
          const { frame, sent } = flushed()
          yield content
          given.push(sent)
          yield frame
        }
      }
      const site = await start(stack(compressed)(() => page(toBody(body()))))
      const client = await site.connect()
      client.send(get('/', accept))
      await readHead(client)
      client.pause()
      await site.standstill(() => given.length)
      client.reset()
      const outcomes = await within(bound, Promise.allSettled(given))
      const lost = outcomes.flatMap((each) =>
        each.status === 'rejected' ? [each.reason.code] : [],
      )
      assert.ok(lost.length > 0 && lost.length < given.length, `${lost.length} are lost`)
      assert.ok(lost.every((code) => code === 'FLUSH_LOST'))
      assert.ok(outcomes.slice(-lost.length).every(({ status }) => status === 'rejected'))
    }),
  )

  receipts.run()
}

const layers = suite('flow: receipts through each layer')

const all: readonly (readonly [string, PassingMiddleware])[] = [
  ['none', (next) => next],
  ['compress', compressed],
  ['coalesce', output(coalesce({ minBytes: 65_536 }))],
  ['coalesce with a delay', output(coalesce({ minBytes: 65_536, maxDelayMs: 60_000 }))],
  ['autoFlush', output(autoFlush({ maxBytes: 1 }))],
  ['throttleFlush', output(throttleFlush({ everyMs: 1 }))],
  ['heartbeat', output(heartbeat({ everyMs: 60_000, bytes: ' ' }))],
  ['limitBytes', output(limitBytes({ maxBytes: 1000 }))],
  ['mapBytes', output(mapBytes((bytes) => bytes.slice()))],
  ['tap', output(tap(() => ({})))],
  ['share', output((body) => share(body).reader())],
  [
    'a generator of one’s own',
    output((body) => ({
      async *[Symbol.asyncIterator]() {
        yield* body
      },
    })),
  ],
]

/** A page that goes on only when its beginning has been sent. */
async function* going(): AsyncGenerator<string | Frame> {
  for (const part of ['one ', 'two ', 'three ']) {
    yield part
    const { frame, sent } = flushed()
    yield frame
    await sent
  }
}

const answering = (...middlewares: readonly PassingMiddleware[]): Handler =>
  middlewares.reduceRight<Handler>(
    (next, middleware) => middleware(next),
    () => page(toBody(going())),
  )

for (const [name, middleware] of all)
  for (const version of ['1.1', '1.0'])
    layers(
      `${name}: a page that waits for each goes on, over HTTP/${version}`,
      serving(async (start) => {
        const client = await (await start(answering(middleware))).connect()
        client.send(get('/').replace('HTTP/1.1', `HTTP/${version}`))
        const { content } = await within(bound, readContent(client, await readHead(client)))
        assert.is(content, 'one two three ')
      }),
    )

for (const under of codings)
  layers(
    `all of them over ${under.coding}`,
    serving(async (start) => {
      const client = await (await start(answering(...all.map(([, each]) => each)))).connect()
      client.send(get('/', `accept-encoding: ${under.coding}`))
      const read = await StreamedText.of(client, under)
      assert.is(await read.rest(), 'one two three ')
    }),
  )

layers(
  'with a length, in one frame, in several, and over it by a flush',
  serving(async (start) => {
    for (const parts of [['abc'], ['a', 'bc']]) {
      const receipts = parts.map(() => flushed())
      const frames = parts.flatMap((part, at) => [part, receipts[at]?.frame ?? flush])
      const site = await start(() => stream(toBody(frames), { headers: { 'content-length': '3' } }))
      assert.is((await site.ask(get())).content, 'abc')
      await within(bound, Promise.all(receipts.map(({ sent }) => sent)))
    }
  }),
)

layers('the chunked coding written by a filter tells none by itself', async () => {
  const { frame, sent } = flushed()
  const body = pipe(toBody(['a', 'b', frame, 'c']), coalesce({ minBytes: 10 }), encodeChunked())
  const kinds: string[] = []
  for await (const each of body) {
    kinds.push(each.kind === 'data' ? textOf(each.bytes) : each.kind)
    if (!isFlush(each)) continue
    assert.is(await stateOf(sent), 'pending')
    each.sent?.()
    assert.is(await stateOf(sent), 'fulfilled')
  }
  assert.equal(kinds, ['2\r\nab\r\n', 'flush', '1\r\nc\r\n', '0\r\n\r\n'])
})

for (const how of ['is left', 'fails'] as const)
  layers(`one that is held back when the body ${how} is lost`, async () => {
    const { frame, sent } = flushed()
    const error = new Error('broken')
    const frames = [data(utf8('a')), flush, data(utf8('b')), frame, data(utf8('c'))]
    const source = watched<Frame>(frames, how === 'fails' ? { error } : {})
    const reading = pullFrom(
      pipe(source.body, throttleFlush({ everyMs: never }), coalesce({ minBytes: 2 })),
    )
    // The second flush is held by now, and the last bytes are too.
    for (const kind of ['data', 'flush', 'data']) assert.is((await reading.pull())?.kind, kind)
    assert.is(await stateOf(sent), 'pending')
    if (how === 'fails') await rejects(async () => reading.pull(), error)
    else await reading.close()
    await rejects(() => within(bound, sent), 'FLUSH_LOST')
  })

layers.run()

const hints = suite('flow: hints for proxies, outside compression')

hints(
  'it is compressed here, and not to be anywhere else',
  serving(async (start) => {
    const site = await start(stack(proxyHints(), compressed)(() => page(toBody(going()))))
    const client = await site.connect()
    client.send(get('/', 'accept-encoding: gzip'))
    const { fields } = await readHead(client)
    assert.is(fields.get('content-encoding'), 'gzip')
    assert.is(fields.get('cache-control'), 'no-transform')
    assert.is(fields.get('x-accel-buffering'), 'no')
    client.destroy()
  }),
)

hints.run()
