// Time-outs, by what comes of them and in which order. The server looks about twice a second, so each takes a second or so.
// @seconds 240
// @waits
// @slow 50
import { data, readText } from '@sluice/body'
import { pause } from '@sluice/pause'
import { defaultConnectionLimits } from '@sluice/server'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { RawClient } from '../support/server/raw-client.ts'

/** Long enough for the server to have looked twice. */
const looked = () => new Promise((resolve) => setTimeout(resolve, 1300))

const timeouts = suite('server: time-outs')

timeouts('the defaults are those that are documented', () => {
  const { headTimeoutMs, idleTimeoutMs, contentTimeoutMs, requestTimeoutMs, ...others } =
    defaultConnectionLimits
  assert.equal(
    [headTimeoutMs, idleTimeoutMs, contentTimeoutMs, requestTimeoutMs],
    [15_000, 5000, 30_000, 300_000],
  )
  const {
    writeTimeoutMs,
    halfClosedTimeoutMs,
    pauseTimeoutMs,
    highWaterBytes,
    maxUnreadBytes,
    lingerMs,
  } = others
  assert.equal(
    [writeTimeoutMs, halfClosedTimeoutMs, pauseTimeoutMs, highWaterBytes, maxUnreadBytes, lingerMs],
    [30_000, 60_000, Number.POSITIVE_INFINITY, 65_536, 262_144, 1000],
  )
})

timeouts(
  'after a stall of the process, idle connections whose next request has come are served',
  serving(async (start) => {
    const site = await start(({ target }) => text(target), { idleTimeoutMs: 1500 })
    const clients: RawClient[] = []
    for (let i = 0; i < 120; i++) {
      const client = await site.connect()
      client.send(get('/1'))
      assert.is((await readResponse(client)).content, '/1')
      clients.push(client)
    }
    // The server looks at them once more, and finds them idle.
    await new Promise((resolve) => setTimeout(resolve, 600))
    // The kernel has these, and the server does not: the process has not had a turn yet.
    for (const client of clients) client.send(get('/2'))
    stall(2500)
    for (const client of clients) assert.is((await readResponse(client)).content, '/2')
  }),
)

timeouts(
  'a head that does not come to its end is a 408, then the end',
  serving(async (start) => {
    const site = await start(() => text('hello'), { headTimeoutMs: 1 })
    const client = await site.connect()
    client.send('GET / HT')
    const answer = await readResponse(client)
    assert.is(answer.status, 408)
    assert.is(answer.fields.get('connection'), 'close')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
    assert.equal(site.told, [])
  }),
)

timeouts(
  'a head that comes byte by byte is a 408 all the same',
  serving(async (start) => {
    const site = await start(() => text('hello'), { headTimeoutMs: 1 })
    const client = await site.connect()
    const drip = setInterval(() => client.send('x'), 50)
    try {
      client.send('GET /')
      assert.is((await readResponse(client)).status, 408)
    } finally {
      clearInterval(drip)
    }
  }),
)

timeouts(
  'the head of a later request is a 408 as well',
  serving(async (start) => {
    const site = await start(() => text('hello'), { headTimeoutMs: 1, idleTimeoutMs: 60_000 })
    const client = await site.connect()
    client.send(`${get()}GET / HT`)
    assert.is((await readResponse(client)).status, 200)
    assert.is((await readResponse(client)).status, 408)
  }),
)

for (const [name, sent, limits] of [
  ['from which nothing comes', '', { headTimeoutMs: 1 }],
  ['that is idle between requests', get(), { idleTimeoutMs: 1 }],
  ['from which an empty line comes between requests', `${get()}\r\n`, { idleTimeoutMs: 1 }],
] as const)
  timeouts(
    `a connection ${name} is closed without a word: 408 would be taken for an answer`,
    serving(async (start) => {
      const site = await start(() => text('hello'), limits)
      const client = await site.connect()
      client.send(sent)
      if (sent !== '') assert.is((await readResponse(client)).status, 200)
      assert.is((await client.takeRest()).toString(), '')
      assert.is(client.ended, 'end')
    }),
  )

timeouts(
  'a handler may take longer than any of them, when it does not wait for content',
  serving(async (start) => {
    const limits = {
      headTimeoutMs: 1,
      idleTimeoutMs: 1,
      contentTimeoutMs: 1,
      requestTimeoutMs: 1,
      writeTimeoutMs: 1,
      lingerMs: 1,
    }
    const site = await start(async ({ body }) => {
      await readText(body)
      await looked()
      return text('late')
    }, limits)
    const client = await site.connect()
    client.send(post('/', 'hello'))
    assert.is((await readResponse(client)).content, 'late')
  }),
)

for (const limits of [{ contentTimeoutMs: 1 }, { requestTimeoutMs: 1 }])
  timeouts(
    `content that does not come, with ${JSON.stringify(limits)}, is a 408 for the handler and the client`,
    serving(async (start) => {
      const reasons: unknown[] = []
      const site = await start(async ({ body }) => {
        try {
          return text(await readText(body))
        } catch (error) {
          reasons.push(codeOf(error))
          throw error
        }
      }, limits)
      const client = await site.connect()
      client.send(post('/', 'hello').slice(0, -1))
      const answer = await readResponse(client)
      assert.is(answer.status, 408)
      assert.equal(reasons, ['REQUEST_TIMEOUT'])
      assert.equal(site.told.map(codeOf), ['REQUEST_TIMEOUT'])
      client.send('o')
      await client.takeRest()
    }),
  )

timeouts(
  'content that comes bit by bit is none of contentTimeoutMs’ business',
  serving(async (start) => {
    const site = await start(async ({ body }) => text(await readText(body)), {
      contentTimeoutMs: 1000,
    })
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 20'))
    for (let i = 0; i < 20; i++) {
      client.send('x')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.is((await readResponse(client)).content, 'x'.repeat(20))
  }),
)

timeouts(
  'contentTimeoutMs counts from when the handler waits, not from when it was called',
  serving(async (start) => {
    const site = await start(
      async ({ body }) => {
        await new Promise((resolve) => setTimeout(resolve, 2600))
        return text(await readText(body))
      },
      { contentTimeoutMs: 2000 },
    )
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 5', 'expect: 100-continue'))
    assert.is((await readHead(client)).status, 100)
    await new Promise((resolve) => setTimeout(resolve, 800))
    client.send('hello')
    const answer = await readResponse(client)
    assert.is(answer.status, 200)
    assert.is(answer.content, 'hello')
  }),
)

timeouts(
  'content that nobody reads and that does not come closes the connection after lingerMs',
  serving(async (start) => {
    const site = await start(() => text('early'), { lingerMs: 1 })
    const client = await site.connect()
    client.send(post('/', 'hello').slice(0, -1))
    assert.is((await readResponse(client)).content, 'early')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
  }),
)

timeouts(
  'a client that takes nothing of what is sent is cut, and its body closed',
  serving(async (start) => {
    let closed = 0
    async function* body(): AsyncGenerator<Frame> {
      try {
        for (;;) yield data(new Uint8Array(100_000))
      } finally {
        closed++
      }
    }
    const site = await start(() => stream(body()), { writeTimeoutMs: 1000 })
    const client = await site.connect()
    client.pause()
    client.send(get())
    while (closed === 0) await looked()
    assert.is(closed, 1)
    assert.is(site.server.connections, 0)
    assert.equal(site.told, [])
  }),
)

timeouts(
  'a client that takes a little now and then is not',
  serving(async (start) => {
    const bytes = new Uint8Array(24 * 2 ** 20)
    const site = await start(() => ({ ...empty({ status: 200 }), body: stream(bytes).body }), {
      writeTimeoutMs: 1500,
    })
    const client = await site.connect()
    client.send(get())
    for (let i = 0; i < 12; i++) {
      client.pause()
      await new Promise((resolve) => setTimeout(resolve, 250))
      client.resume()
      await client.received(Math.min(bytes.length, (i + 1) * 2 ** 21))
    }
    assert.is((await readResponse(client)).content.length, bytes.length)
  }),
)

for (const limits of [
  { lingerMs: 700 },
  { lingerMs: 60_000, idleTimeoutMs: 700 },
  { lingerMs: 60_000, headTimeoutMs: 700 },
])
  timeouts(
    `a client with requests that wait for it to read is not idle, with ${JSON.stringify(limits)}`,
    serving(async (start) => {
      const page = 'x'.repeat(1000)
      const site = await start(() => text(page), limits)
      const client = await site.connect()
      client.pause()
      const piece = Buffer.from(get().repeat(100))
      let sent = 0
      let over = false
      const pour = async () => {
        while (!over && (await client.sendAll(piece))) sent += 100
      }
      const poured = pour()
      await site.standstill(() => sent)
      await looked()
      await looked()
      over = true
      client.resume()
      await poured
      for (let i = 0; i < sent; i++) assert.is((await readResponse(client)).content, page)
    }),
  )

timeouts(
  'a source that gives nothing for long is not the client’s fault',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    async function* body(): AsyncGenerator<string> {
      yield 'one'
      await gate
      yield 'two'
    }
    const site = await start(() => stream(body()), { writeTimeoutMs: 1, pauseTimeoutMs: 1 })
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    await looked()
    open()
    assert.is(await readChunk(client), 'two')
    assert.is(await readChunk(client), undefined)
  }),
)

for (const [version, ending] of [
  ['1.1', undefined],
  ['1.0', 'reset'],
] as const)
  timeouts(
    `a pause longer than pauseTimeoutMs is cut, and HTTP/${version} sees that something is missing`,
    serving(async (start) => {
      let closed = 0
      async function* body(): AsyncGenerator<Frame | string> {
        try {
          yield 'part'
          yield pause().frame
          yield 'never'
        } finally {
          closed++
        }
      }
      const site = await start(() => stream(body()), { pauseTimeoutMs: 1 })
      const client = await site.connect()
      client.send(`GET / HTTP/${version}\r\nhost: a\r\n\r\n`)
      await client.takeTo('part')
      assert.not.match((await client.takeRest()).toString(), /0\r\n\r\n|never/)
      if (ending !== undefined) assert.is(client.ended, ending)
      await site.until(() => closed > 0, 'the close')
      assert.is(closed, 1)
      // The client did nothing wrong: it is the application that has to hear of this.
      assert.equal(site.told.map(codeOf), ['TIMED_OUT'])
    }),
  )

timeouts(
  'several short pauses are no long one',
  serving(async (start) => {
    async function* body(): AsyncGenerator<Frame | string> {
      for (let i = 0; i < 4; i++) {
        yield { kind: 'pause', until: new Promise((resolve) => setTimeout(resolve, 500)) }
        yield String(i)
      }
    }
    const site = await start(() => stream(body()), { pauseTimeoutMs: 1200 })
    assert.is((await site.ask(get())).content, '0123')
  }),
)

timeouts(
  'a refused client that does not go is cut after lingerMs',
  serving(async (start) => {
    const site = await start(() => text('hello'), { lingerMs: 1 })
    const client = await site.connect()
    client.send('BAD\r\n')
    assert.is((await readResponse(client)).status, 400)
    await client.takeRest()
    while (site.server.connections > 0) await looked()
  }),
)

timeouts(
  'Infinity turns one off',
  serving(async (start) => {
    const off = Number.POSITIVE_INFINITY
    const site = await start(() => text('hello'), { headTimeoutMs: off, idleTimeoutMs: off })
    const client = await site.connect()
    client.send('GET / HT')
    await looked()
    client.send('TP/1.1\r\nhost: a\r\n\r\n')
    assert.is((await readResponse(client)).content, 'hello')
  }),
)

timeouts.run()

function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
