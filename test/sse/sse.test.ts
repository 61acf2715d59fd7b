// Event streams on the wire: through the server, compressed, shared, and as a browser reads them.
import { readText, toBody } from '@sluice/body'
import { compress } from '@sluice/compress'
import { flushed } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { decodeEvents, encodeEvents, events, lastEventId } from '@sluice/sse'
import { empty, html, stack, text } from '@sluice/stack'
import { share, writer } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { browse, chromium, unlessChromium } from '../support/repository/chromium.ts'
import { StreamedText } from '../support/repository/streamed-text.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { EventMessage, ReceivedEvents, SourceItem } from '@sluice/sse'
import type { Handler } from '@sluice/stack'

const bound = 10_000

/** A source that is fed by the test. */
const feed = () => {
  const items: SourceItem[] = []
  let more = deferred()
  async function* source(): AsyncGenerator<SourceItem> {
    for (;;) {
      const item = items.shift()
      if (item === undefined) await more.promise
      else yield item
    }
  }
  return {
    source,
    give(...given: readonly SourceItem[]) {
      items.push(...given)
      more.resolve()
      more = deferred()
    },
    fail(error: unknown) {
      more.reject(error)
    },
  }
}

const wire = suite('events: on the wire')

wire(
  'a field or an option that is invalid closes the source, and is told at the call',
  async () => {
    for (const options of [{ headers: { 'x y': '1' } }, { heartbeatMs: 0 }, { retryMs: -1 }]) {
      let closes = 0
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: true as const, value: undefined }),
          async return() {
            closes++
            return { done: true as const, value: undefined }
          },
        }),
      }
      assert.throws(() => events(source, options), /^Cannot/)
      await within(bound, Promise.resolve())
      assert.is(closes, 1)
    }
  },
)

wire(
  'the head leaves before there is a message, and each message before the next',
  serving(async (start) => {
    const { source, give } = feed()
    const client = await (await start(() => events(source(), { retryMs: 10 }))).connect()
    client.send(get())
    const { fields } = await readHead(client)
    assert.is(fields.get('content-type'), 'text/event-stream')
    assert.is(await readChunk(client), 'retry: 10\n\n')
    for (const word of ['one', 'two']) {
      give(word)
      assert.is(await readChunk(client), `data: ${word}\n\n`)
    }
    give('a', 'b', 'c')
    assert.is(
      await client.takeTo('data: c\n\n\r\n').then((chunks) => chunks.match(/data/g)?.length),
      3,
    )
  }),
)

wire(
  'a failure is told as an event, then cuts the response; the error is onError’s',
  serving(async (start) => {
    const { source, give, fail } = feed()
    const site = await start(() => events(source()))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    give('one')
    assert.is(await readChunk(client), 'data: one\n\n')
    const error = new Error('the database is secret')
    fail(error)
    const rest = (await client.takeRest()).toString()
    assert.match(rest, /event: failure\ndata: The stream failed\.\n\n/)
    assert.not.match(rest, 'secret')
    assert.not.match(rest, /\r\n0\r\n/)
    assert.equal(site.told, [error])
  }),
)

wire(
  'when the client leaves, the source is told and closed',
  serving(async (start) => {
    const closed = deferred()
    const site = await start((request) => {
      async function* source() {
        try {
          yield 'one'
          await sleep(Number.POSITIVE_INFINITY, { signal: request.client.signal })
        } finally {
          closed.resolve()
        }
      }
      return events(source())
    })
    const client = await site.connect()
    client.send(get())
    await client.takeTo('data: one\n\n')
    client.reset()
    await within(bound, closed.promise)
    assert.equal(site.told, [])
  }),
)

wire(
  'when the server closes, the stream ends in order',
  serving(async (start) => {
    const { source, give } = feed()
    const site = await start(({ client }) => events(source(), { client }))
    const client = await site.connect()
    client.send(get())
    const head = await readHead(client)
    give('one')
    await client.takeTo('data: one\n\n\r\n')
    const closed = site.server.close({ graceMs: 60_000 })
    assert.is((await readContent(client, head)).content, '')
    await within(bound, closed)
  }),
)

wire(
  'a heartbeat comes while the source is quiet, and in a pause',
  serving(async (start) => {
    const resumed = deferred()
    const pause: Frame = { kind: 'pause', until: resumed.promise }
    const { source, give } = feed()
    const site = await start(() => events(source(), { heartbeatMs: 10 }))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    for (let i = 0; i < 3; i++) assert.is(await readChunk(client), ':\n\n')
    give(pause)
    for (let i = 0; i < 3; i++) assert.is(await readChunk(client), ':\n\n')
    resumed.resolve()
    give('one')
    await client.takeTo('data: one\n\n')
  }),
)

for (const under of codings)
  wire(
    `compressed by ${under.coding}, each message can be read before the next, and heartbeats too`,
    serving(async (start) => {
      const { source, give } = feed()
      const app = stack(
        compress({ maxDelayMs: Number.POSITIVE_INFINITY, codings: [under.coding] }),
      )(() => events(source(), { heartbeatMs: 200 }))
      const client = await (await start(app)).connect()
      client.send(get('/', `accept-encoding: ${under.coding}`))
      give('first')
      const read = await StreamedText.of(client, under)
      await read.to('data: first\n\n')
      for (let i = 0; i < 10; i++) {
        const { frame, sent } = flushed()
        give({ id: String(i), data: `number ${i}` }, frame)
        await within(bound, sent)
        await read.to(`id: ${i}\ndata: number ${i}\n\n`)
      }
      await read.to(':\n\n')
    }),
  )

wire(
  'a ticker that is shared serves all who listen, late ones too, and rests when nobody does',
  serving(async (start) => {
    let running = 0
    const out = new Set<ReturnType<typeof writer>>()
    const shared = share(() => {
      const ticks = writer()
      running++
      out.add(ticks)
      ticks.signal.addEventListener('abort', () => {
        running--
        out.delete(ticks)
      })
      return encodeEvents(ticks.body, { heartbeatMs: Number.POSITIVE_INFINITY })
    })
    const tick = (id: number) => {
      for (const { write } of out) write(`id: ${id}\ndata: tick\n\n`)
    }
    const app = stack(compress())(({ client }) => events(shared.reader(), { client }))
    const site = await start(app)
    const listen = async (): Promise<ReceivedEvents & { leave(): void }> => {
      const left = new AbortController()
      const response = await fetch(site.server.url, { signal: left.signal })
      assert.is(response.headers.get('content-encoding'), 'gzip')
      return Object.assign(decodeEvents(toBody(response.body)), { leave: () => left.abort() })
    }
    const idOf = async (received: ReceivedEvents) =>
      (await within(bound, received.next())).value?.lastEventId
    const early = [await listen(), await listen()]
    // The head of a response leaves before the ticker is pulled.
    await site.until(() => running === 1, 'the ticker to run')
    tick(1)
    for (const received of early) assert.is(await idOf(received), '1')
    const late = await listen()
    tick(2)
    for (const received of [...early, late]) assert.is(await idOf(received), '2')
    assert.is(shared.readers, 3)
    for (const { leave } of [...early, late]) leave()
    await site.until(() => running === 0, 'the ticker to rest')
    assert.is(shared.readers, 0)
    const again = await listen()
    await site.until(() => running === 1, 'the ticker to run again')
    tick(3)
    assert.is(await idOf(again), '3')
    again.leave()
    await site.until(() => running === 0, 'the ticker to rest')
  }),
)

wire.run()

const browser = suite('events: a browser')
const withChromium = chromium === undefined ? browser.skip : browser

/** Tells the server all that an `EventSource` saw, until it is told to stop. */
const listening = `<!doctype html><title>events</title><script>
const seen = []
const source = new EventSource('/events')
const note = (event) => {
  seen.push([event.type, event.data ?? null, event.lastEventId ?? null])
  if (event.data !== 'stop') return
  source.close()
  fetch('/seen', { method: 'POST', body: JSON.stringify(seen) })
}
for (const type of ['open', 'message', 'tick', 'failure', 'error']) source.addEventListener(type, note)
</script>`

withChromium(
  `an EventSource sees what was sent, and comes again with the last ID${unlessChromium}`,
  serving(async (start) => {
    const seen = deferred<string>()
    const asked: (string | undefined)[] = []
    const first: readonly EventMessage[] = [
      { data: 'plain' },
      { id: 'ä 1', event: 'tick', data: 'one\r\ntwo\rthree\n' },
      { id: '日', data: ' spaced: ' },
    ]
    async function* source(again: boolean): AsyncGenerator<SourceItem> {
      if (again) return yield 'stop'
      yield* first
      throw new Error('broken')
    }
    const app: Handler = async (request) => {
      if (request.target === '/') return html(listening)
      if (request.target === '/seen') {
        seen.resolve(await readText(request.body))
        return text('thanks')
      }
      if (request.target !== '/events') return empty({ status: 404 })
      asked.push(lastEventId(request))
      return events(source(asked.length > 1), { retryMs: 1 })
    }
    const site = await start(stack(compress())(app))
    const found = await browse(site.server.url, within(60_000, seen.promise))
    assert.equal(JSON.parse(found), [
      ['open', null, null],
      ['message', 'plain', ''],
      ['tick', 'one\ntwo\nthree\n', 'ä 1'],
      ['message', ' spaced: ', '日'],
      ['failure', 'The stream failed.', '日'],
      ['error', null, null],
      ['open', null, null],
      ['message', 'stop', '日'],
    ])
    assert.equal(asked, [undefined, '日'])
  }),
)

browser.run()
