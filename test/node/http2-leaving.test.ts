// Clients of HTTP/2 that leave one stream, or all of them: each source is closed once, and the other streams go on.

import { flush } from '@sluice/flush'
import { stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { resetCodes } from '../support/server/raw-http2.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'
import type { RawHttp2 } from '../support/server/raw-http2.ts'

type Source = AsyncGenerator<string | Frame>

const never = new Promise<never>(() => {})

/** What the server has seen of the stream that is left. */
interface Seen {
  pulls: number
  readonly ends: string[]
}

/** Where a source is when its client leaves. */
const places: readonly {
  readonly name: string
  source(request: HttpRequest, seen: Seen): Source
  readonly uploads?: boolean
}[] = [
  {
    name: 'at a yield, since its window is full',
    async *source(_request, seen) {
      for (;;) {
        seen.pulls++
        yield 'x'.repeat(16_384)
      }
    },
  },
  {
    name: 'in a pause',
    async *source(_request, seen) {
      seen.pulls++
      yield 'begun'
      yield flush
      yield { kind: 'pause', until: never }
    },
  },
  {
    name: 'in a pause before anything was sent',
    async *source(_request, seen) {
      seen.pulls++
      yield { kind: 'pause', until: never }
    },
  },
  {
    name: 'in a wait that its signal ends',
    async *source({ client }, seen) {
      seen.pulls++
      yield flush
      await new Promise((_, reject) => {
        client.signal.addEventListener('abort', () => reject(client.signal.reason))
      })
    },
  },
  {
    name: 'while it uploads',
    uploads: true,
    async *source({ body }, seen) {
      for await (const { kind } of body) if (kind === 'data') seen.pulls++
      yield 'not reached'
    },
  },
]

/** How a client leaves. `all` takes the other streams of its connection with it. */
const ways: readonly {
  readonly name: string
  leave(client: RawHttp2, stream: number): void
  readonly all?: boolean
}[] = [
  ...Object.entries(resetCodes).map(([name, code]) => ({
    name: `RST_STREAM with ${name}`,
    leave: (client: RawHttp2, stream: number) => client.reset(stream, code),
  })),
  {
    name: 'GOAWAY and FIN',
    leave(client) {
      client.goAway(resetCodes.NO_ERROR)
      client.socket.end()
    },
    all: true,
  },
  {
    name: 'GOAWAY with an error and FIN',
    leave(client) {
      client.goAway(resetCodes.PROTOCOL_ERROR)
      client.socket.end()
    },
    all: true,
  },
  { name: 'FIN', leave: ({ socket }) => socket.end(), all: true },
  { name: 'RST', leave: ({ socket }) => socket.resetAndDestroy(), all: true },
]

/** A source of two halves; the second comes when the test lets it. */
async function* halves(second: Promise<void>): Source {
  yield 'one '
  yield flush
  await second
  yield 'two'
}

const whole = { text: 'one two', hasHead: true, isWhole: true, reset: undefined }

const leaving = suite('http2: clients that leave')

for (const { name, source, uploads = false } of places)
  for (const { name: how, leave, all = false } of ways)
    leaving(
      `${name}, by ${how}: the signal aborts, and the source is closed once`,
      servingHttp2(async (start) => {
        const seen: Seen = { pulls: 0, ends: [] }
        const over = deferred()
        const second = deferred()
        async function* left(request: HttpRequest): Source {
          request.client.signal.addEventListener('abort', () => seen.ends.push('aborted'))
          try {
            yield* source(request, seen)
          } finally {
            seen.ends.push('closed')
            over.resolve()
          }
        }
        const site = await start((request) =>
          stream(request.target === '/left' ? left(request) : halves(second.promise)),
        )
        const client = await site.raw()
        const other = all ? await site.raw() : client
        // The window of the stream is full before that of the connection is.
        client.openWindow(0, 1_048_576)
        const staying = other.ask('/stays')
        const asked = client.ask('/left', { uploads })
        if (uploads) client.send(asked, 'begun')
        while (seen.pulls === 0) await client.round()
        await client.standstill(() => seen.pulls)
        leave(client, asked)
        await over.promise
        second.resolve()
        assert.equal(await other.ended(staying), whole)
        assert.equal(seen.ends, ['aborted', 'closed'])
        assert.equal(site.told, [])
      }),
    )

leaving(
  'before its handler has answered: the signal aborts, and the source is never read',
  servingHttp2(async (start) => {
    const [begun, answered] = [deferred(), deferred()]
    let pulls = 0
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          pulls++
          return { done: true as const, value: undefined }
        },
      }),
    }
    const site = await start(async ({ client }) => {
      const aborted = new Promise((resolve) => client.signal.addEventListener('abort', resolve))
      begun.resolve()
      await aborted
      setImmediate(answered.resolve)
      return stream(source)
    })
    const client = await site.raw()
    const asked = client.ask('/')
    await begun.promise
    client.reset(asked, resetCodes.CANCEL)
    await answered.promise
    await client.round()
    assert.is(pulls, 0)
    assert.equal(site.told, [])
  }),
)

leaving(
  'GOAWAY and no new streams: those that run come to their ends, and the connection is closed',
  servingHttp2(async (start) => {
    const second = deferred()
    const site = await start(() => stream(halves(second.promise)))
    const client = await site.raw()
    const asked = [client.ask('/'), client.ask('/'), client.ask('/')]
    for (const each of asked) await client.arrived(each, 'one ')
    client.goAway(resetCodes.NO_ERROR)
    await client.round()
    second.resolve()
    for (const each of asked) assert.equal(await client.ended(each), whole)
    await client.closed()
    assert.equal(site.told, [])
  }),
)

leaving(
  'of 800 streams on one connection half are left at different moments: all sources that were begun are closed',
  servingHttp2(async (start) => {
    const count = { begun: 0, closed: 0, whole: 0 }
    const second = deferred()
    async function* source(): Source {
      count.begun++
      try {
        yield* halves(second.promise)
        count.whole++
      } finally {
        count.closed++
      }
    }
    const site = await start(() => stream(source()))
    const client = await site.raw()
    const staying: number[] = []
    const left: number[] = []
    for (let i = 0; i < 800; i++) {
      const asked = client.ask(`/${i}`)
      if (i % 2 === 1) staying.push(asked)
      // Some before the server has read the request, some in the wait, and some while the second half is sent.
      else if (i % 4 === 0) client.reset(asked, resetCodes.CANCEL)
      else left.push(asked)
      if (i % 50 === 0) await client.round()
    }
    await client.round()
    for (const each of left.splice(100)) client.reset(each, resetCodes.CANCEL)
    second.resolve()
    for (const each of left) client.reset(each, resetCodes.CANCEL)
    for (const each of staying) assert.equal(await client.ended(each), whole)
    while (count.closed < count.begun) await client.round()
    assert.is(count.closed, count.begun)
    assert.ok(count.whole >= 400)
    assert.equal(site.told, [])
  }),
)

leaving.run()
