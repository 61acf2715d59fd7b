// The example of server-sent events: one ticker for all who listen.
import { toBody } from '@sluice/body'
import { decodeEvents } from '@sluice/sse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { StreamedText } from '../support/repository/streamed-text.ts'
import { readContent, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { SourceItem } from '@sluice/sse'

const events: typeof import('../../examples/events/app.ts') = await import(
  await compiledExample('events')
)

const bound = 10_000

/** Tickers that tick when the test says so. A tick waits for its ticker: a client may have the last one before the source goes on. */
const tickers = () => {
  const state = { made: 0, running: 0 }
  const due: string[] = []
  let wake = deferred()
  async function* ticks(): AsyncGenerator<SourceItem> {
    state.made++
    state.running++
    try {
      for (;;) {
        const data = due.shift()
        yield data === undefined ? { kind: 'pause', until: wake.promise } : { event: 'tick', data }
      }
    } finally {
      state.running--
    }
  }
  const tick = (data: string) => {
    due.push(data)
    wake.resolve()
    wake = deferred()
  }
  return { state, ticks, tick }
}

const ticking = suite('examples: events')

ticking(
  'each tick reaches all who listen before the next, whatever coding they take',
  serving(async (start) => {
    const { state, ticks, tick } = tickers()
    const site = await start(events.ticker(ticks))
    const all: StreamedText[] = []
    for (const under of codings) {
      const client = await site.connect()
      client.send(get('/events', `accept-encoding: ${under.coding}`))
      const read = await StreamedText.of(client, under)
      await read.to('retry: 1000\n\n')
      all.push(read)
    }
    for (const word of ['one', 'two', 'three']) {
      tick(word)
      for (const read of all) await read.to(`event: tick\ndata: ${word}\n\n`)
    }
    assert.equal(state, { made: 1, running: 1 })
  }),
)

ticking(
  'the ticker begins with the first who listens, ends with the last, and begins anew',
  serving(async (start) => {
    const { state, ticks, tick } = tickers()
    const site = await start(events.ticker(ticks))
    for (const made of [1, 2]) {
      const all = [await site.connect(), await site.connect()]
      for (const client of all) {
        client.send(get('/events'))
        await client.takeTo('retry: 1000\n\n')
      }
      tick('one')
      for (const client of all) await client.takeTo('data: one\n\n')
      assert.equal(state, { made, running: 1 })
      for (const client of all) client.destroy()
      await site.until(() => state.running === 0, 'the ticker to end')
    }
    assert.equal(site.told, [])
  }),
)

ticking(
  'a client that does not read holds up nobody, and misses whole events',
  serving(async (start) => {
    const { ticks, tick } = tickers()
    const site = await start(events.ticker(ticks))
    const [slow, quick] = [await site.connect(), await site.connect()]
    for (const client of [slow, quick]) {
      client.send(get('/events'))
      await client.takeTo('retry: 1000\n\n')
    }
    slow.pause()
    const filler = '.'.repeat(10_000)
    // More than kernels take for a connection.
    for (let i = 0; i < 2000; i++) {
      tick(`${i} ${filler}`)
      await quick.takeTo(`data: ${i} ${filler}\n\n`)
    }
    slow.resume()
    await slow.takeTo(`data: 1999 ${filler}\n\n`)
  }),
)

ticking(
  'when the server closes, it ends in order',
  serving(async (start) => {
    const { ticks } = tickers()
    const site = await start(events.ticker(ticks))
    const client = await site.connect()
    client.send(get('/events'))
    const head = await readHead(client)
    await client.takeTo('retry: 1000\n\n\r\n')
    const closed = site.server.close({ graceMs: 60_000 })
    assert.is((await readContent(client, head)).content, '')
    await within(bound, closed)
  }),
)

ticking(
  'the head keeps proxies from holding it back, and a browser has a page that listens',
  serving(async (start) => {
    const { ticks } = tickers()
    const site = await start(events.ticker(ticks))
    const client = await site.connect()
    client.send(get('/events', 'accept: text/event-stream', 'accept-encoding: gzip'))
    const { fields } = await readHead(client)
    assert.is(fields.get('content-type'), 'text/event-stream')
    assert.is(fields.get('cache-control'), 'no-cache, no-transform')
    assert.is(fields.get('content-encoding'), 'gzip')
    assert.is(fields.get('vary'), 'accept, accept-encoding')
    client.destroy()
    const page = await site.ask(get('/events', 'accept: text/html,*/*;q=0.8'))
    assert.match(page.content, 'new EventSource')
  }),
)

ticking(
  'it ticks by itself, and is decoded by our own decoder',
  serving(async (start) => {
    const site = await start(events.app)
    const left = new AbortController()
    const response = await fetch(site.server.url, { signal: left.signal })
    const received = decodeEvents(toBody(response.body))
    for (const n of [1, 2]) {
      const { value } = await within(bound, received.next())
      assert.is(value?.event, 'tick')
      assert.is(JSON.parse(value?.data ?? '').n, n)
    }
    left.abort()
  }),
)

const curl = hasProgram('curl')
const withCurl = curl ? ticking : ticking.skip

withCurl(
  `its command line shows each tick as it comes${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const { ticks, tick } = tickers()
    const site = await start(events.ticker(ticks))
    const [line = ''] = events.about.curl(site.server.url)
    const program = startProgram('sh', ['-c', line.replace('curl ', 'curl -sS ')])
    await program.printed(/retry: 1000\n\n$/)
    for (const word of ['one', 'two']) {
      tick(word)
      await program.printed(new RegExp(`event: tick\ndata: ${word}\n\n$`))
    }
    program.signal('SIGTERM')
    await program.exited()
  }),
)

ticking.run()
