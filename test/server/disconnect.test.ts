// @slow 8
// @waits
// A client that goes: the signal first, then the body is closed, once, wherever it was; and one that closes its half.

import { EventEmitter } from 'node:events'
import { data, fields, isData, readText } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { pause, sleep, until } from '@sluice/pause'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, listenersOf } from '../support/bodies/leaving-nothing.ts'
import { watched } from '../support/bodies/sources.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Client, Handler } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

const ways = [
  ['reset', (client: RawClient) => client.reset()],
  ['close', (client: RawClient) => client.destroy()],
] as const

/** Keeps the process from reading anything for a moment. */
const stall = (ms: number) => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** Notes what happens to a request, in order. */
const noting = (log: string[], { signal }: Client) => {
  signal.addEventListener('abort', () => log.push(`aborted ${codeOf(signal.reason)}`))
}

const gone = suite('server: a client that goes')

gone(
  'a reset behind content that the handler does not read aborts the signal',
  serving(async (start) => {
    const log: string[] = []
    const site = await start(({ client }) => {
      noting(log, client)
      return new Promise<never>((_, reject) =>
        client.signal.addEventListener('abort', () => reject(client.signal.reason)),
      )
    })
    const client = await site.connect()
    // More than is taken from the socket for a handler that does not ask: the reset stands behind it.
    client.send(
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(200_000)}`,
    )
    await site.until(() => site.server.connections > 0, 'the request')
    await turn(20)
    client.reset()
    await within(
      10_000,
      new Promise<void>((resolve) => {
        const look = () => (log.length > 0 ? resolve() : setTimeout(look, 20))
        look()
      }),
    )
    assert.equal(log, ['aborted READER_GONE'])
    assert.equal(site.told, [])
  }),
)

/** Bodies by where they are when the client goes. Each has sent a byte before. */
const waits: readonly (readonly [string, (client: Client) => AsyncGenerator<Frame | string>])[] = [
  [
    'at a yield, since the client does not read',
    async function* () {
      for (;;) yield data(new Uint8Array(100_000))
    },
  ],
  [
    'in a pause',
    async function* () {
      yield pause().frame
    },
  ],
  [
    'in a pause that listens to the signal',
    async function* ({ signal }) {
      const { frame, resumed } = pause({ signal })
      yield frame
      const outcome = await resumed
      if (outcome.kind === 'gone') throw outcome.reason
    },
  ],
  [
    'in a sleep that listens to the signal',
    async function* ({ signal }) {
      await sleep(1_000_000, { signal })
      yield 'awake'
    },
  ],
  [
    'in a wait for an event that listens to the signal',
    async function* ({ signal }) {
      const jobs = new EventEmitter()
      try {
        await until(jobs, 'done', { signal })
        yield 'done'
      } finally {
        assert.is(listenersOf(jobs), 0)
      }
    },
  ],
]

/** A client that closes sends a FIN, as one does that only closes its half: a pause is waited for so long. */
const quick = { halfClosedTimeoutMs: 1 }

for (const [where, wait] of waits)
  for (const [how, leave] of ways)
    gone(
      `${where}, by a ${how}: the signal, then finally, once`,
      serving(async (start) => {
        const log: string[] = []
        async function* body(client: Client): AsyncGenerator<Frame | string> {
          try {
            yield '.'
            yield* wait(client)
            log.push('went on')
          } finally {
            log.push('finally')
          }
        }
        const site = await start(({ client }) => {
          noting(log, client)
          return stream(body(client))
        }, quick)
        const client = await site.connect()
        client.send(get())
        await readHead(client)
        await client.take(1)
        client.pause()
        if (where.startsWith('at')) await site.standstill(() => client.receivedBytes)
        leave(client)
        await site.until(() => log.includes('finally'), 'finally')
        await site.round()
        assert.equal(log, ['aborted READER_GONE', 'finally'])
        assert.is(site.server.connections, 0)
        assert.equal(site.told, [], 'that a client goes is no error')
      }),
    )

gone(
  'a pull that waits is not waited for: the source is closed at once, and what it gives later is nobody’s',
  serving(async (start) => {
    const { promise: late, resolve } = deferred<Frame>()
    let closes = 0
    let pulls = 0
    const body = fromPull<Frame>(() => ({
      pull() {
        pulls++
        return pulls === 1 ? data(Buffer.from('.')) : late
      },
      close: () => void closes++,
    }))
    const site = await start(() => ({ status: 200, headers: fields(), body }))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    client.reset()
    await site.until(() => closes > 0, 'the close')
    resolve(data(Buffer.from('late')))
    await site.round()
    assert.equal({ closes, pulls }, { closes: 1, pulls: 2 })
  }),
)

for (const [how, leave] of ways)
  gone(
    `before the handler answers, by a ${how}: the signal tells, and the body of the answer is closed`,
    serving(async (start) => {
      const log: string[] = []
      const source = watched<Frame>([data(Buffer.from('late'))])
      const { promise: gate, resolve: open } = deferred()
      const site = await start(async ({ client }) => {
        noting(log, client)
        log.push('entered')
        await gate
        return { status: 200, headers: fields(), body: source.body }
      })
      const client = await site.connect()
      client.send(get())
      await site.until(() => log.includes('entered'), 'the handler')
      leave(client)
      await site.until(() => log.length > 1, 'the signal')
      assert.equal(log, ['entered', 'aborted READER_GONE'])
      open()
      // After a FIN it may still read, so the answer is tried; after a reset it is not even pulled.
      await site.until(() => source.closes > 0 || source.pulls > 1, 'the end of the body')
      if (how === 'reset') assert.equal([source.pulls, source.closes], [0, 1])
      await site.until(() => site.server.connections === 0, 'the end of the connection')
      assert.equal(site.told, [])
    }),
  )

gone(
  'a generator that was never started is closed when its client has gone',
  serving(async (start) => {
    const ran: string[] = []
    const { promise: gate, resolve: open } = deferred()
    const body = (async function* (): AsyncGenerator<Frame> {
      ran.push('started')
      yield { kind: 'flush' }
    })()
    let entered = false
    const site = await start(async () => {
      entered = true
      await gate
      return { status: 200, headers: fields(), body }
    })
    const client = await site.connect()
    client.send(get())
    await site.until(() => entered, 'the handler')
    client.reset()
    await site.until(() => site.server.connections === 0, 'the end of the connection')
    open()
    await site.round()
    assert.equal(await within(1000, body.next()), { done: true, value: undefined })
    assert.equal(ran, [])
  }),
)

for (const [name, sent] of [
  ['of a length', post('/', 'hello').slice(0, -2)],
  ['in the coding', `${request('POST', '/', 'transfer-encoding: chunked')}5\r\nhel`],
] as const)
  gone(
    `in the middle of its content ${name}, by a reset: the reading handler is told`,
    serving(async (start) => {
      const reasons: unknown[] = []
      let read = 0
      const site = await start(async ({ body }) => {
        try {
          for await (const frame of body) if (isData(frame)) read += frame.bytes.length
        } catch (error) {
          reasons.push(codeOf(error))
          throw error
        }
        return text('whole')
      })
      const client = await site.connect()
      client.send(sent)
      await site.until(() => read === 3, 'the content')
      client.reset()
      await site.until(() => reasons.length > 0, 'the reason')
      assert.equal(reasons, ['READER_GONE'])
      assert.equal(site.told, [])
    }),
  )

gone(
  'with requests that wait for their turn: they are not begun',
  serving(async (start) => {
    const begun: string[] = []
    const { promise: gate, resolve: open } = deferred()
    const site = await start(async ({ target }) => {
      begun.push(target)
      await gate
      return text(target)
    })
    const client = await site.connect()
    client.send(get('/1') + get('/2') + get('/3'))
    await site.until(() => begun.length > 0, 'the handler')
    client.reset()
    await site.until(() => site.server.connections === 0, 'the end of the connection')
    open()
    await site.round()
    assert.equal(begun, ['/1'])
  }),
)

gone(
  'at a hundred different points: nothing is left, and the server answers',
  serving(async (start) => {
    const site = await start(async ({ target, body }) => {
      if (target === '/2') await readText(body)
      return target === '/3' ? stream([new Uint8Array(1_000_000)]) : text('hello')
    })
    const all = Buffer.from(
      get('/1') + post('/2', 'content') + get('/3') + request('POST', '/2', 'transfer-encoding: x'),
    )
    for (let i = 0; i < 100; i++) {
      const client = await site.connect()
      await client.sendAll(all.subarray(0, 1 + Math.floor((all.length * i) / 100)))
      if (i % 3 === 0) await site.round()
      i % 2 === 0 ? client.reset() : client.destroy()
    }
    await site.until(() => site.server.connections === 0, 'the end of all connections')
    assert.is((await site.ask(get())).content, 'hello')
    assert.equal(site.told, [])
  }),
)

gone.run()

const signals = suite('server: client.signal')

signals(
  'it aborts when the response is out, with REQUEST_OVER',
  serving(async (start) => {
    const log: string[] = []
    const site = await start(({ client }) => {
      noting(log, client)
      return text('hello')
    })
    await site.ask(get())
    assert.equal(log, ['aborted REQUEST_OVER'])
  }),
)

signals(
  'one that is asked for when the request is over has aborted already',
  serving(async (start) => {
    const clients: Client[] = []
    const site = await start(({ client }) => {
      clients.push(client)
      return text('hello')
    })
    await site.ask(get())
    for (const { signal } of clients) {
      assert.ok(signal.aborted)
      assert.is(codeOf(signal.reason), 'REQUEST_OVER')
    }
    assert.is(clients.length, 1)
  }),
)

signals(
  'each request of a connection has its own',
  serving(async (start) => {
    const found: AbortSignal[] = []
    const site = await start(({ client }) => {
      found.push(client.signal)
      assert.not(client.signal.aborted)
      return text('hello')
    })
    const client = await site.connect()
    client.send(get() + get())
    await readResponse(client)
    await readResponse(client)
    assert.is(new Set(found).size, 2)
  }),
)

signals(
  'its reason names the failure of the connection as its cause',
  serving(async (start) => {
    const reasons: unknown[] = []
    let entered = false
    const site = await start(({ client: { signal } }) => {
      entered = true
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason)
          reject(signal.reason)
        }),
      )
    })
    const client = await site.connect()
    client.send(get())
    await site.until(() => entered, 'the handler')
    client.reset()
    await site.until(() => reasons.length > 0, 'the reason')
    const [reason] = reasons
    assert.is(codeOf(reason), 'READER_GONE')
    if (reason instanceof Error) assert.is(codeOf(reason.cause), 'ECONNRESET')
    assert.equal(site.told, [], 'a handler that fails for that reason is not told of')
  }),
)

signals(
  'address and port are told also when the client has gone, as a log of it wants them',
  serving(async (start) => {
    const told: string[] = []
    let entered = false
    const site = await start(
      ({ client }) =>
        new Promise((_, reject) => {
          entered = true
          client.signal.addEventListener('abort', () => {
            told.push(client.address, String(client.port > 0))
            reject(client.signal.reason)
          })
        }),
    )
    const client = await site.connect()
    client.send(get())
    await site.until(() => entered, 'the handler')
    client.reset()
    await site.until(() => told.length > 0, 'the abort')
    assert.equal(told, ['127.0.0.1', 'true'])
  }),
)

signals(
  'address and port are those of the client',
  serving(async (start) => {
    const site = await start(({ client }) => text(`${client.address} ${client.port}`))
    const client = await site.connect()
    client.send(get())
    assert.is((await readResponse(client)).content, `127.0.0.1 ${client.socket.localPort}`)
  }),
)

signals(
  'what listens to it is let go with the request',
  serving(async (start) => {
    const found: AbortSignal[] = []
    const site = await start(async ({ client: { signal } }) => {
      found.push(signal)
      await sleep(1, { signal })
      return text('hello')
    })
    await site.ask(get())
    assert.equal(found.map(abortListeners), [0])
  }),
)

signals.run()

const half = suite('server: a client that closes its half')

half(
  'it gets its whole answer, however late',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const log: string[] = []
    const page = 'x'.repeat(3_000_000)
    const site = await start(async ({ client }) => {
      noting(log, client)
      await gate
      return text(page)
    })
    const client = await site.connect()
    client.send(get())
    client.halfClose()
    await site.until(() => log.length > 0, 'the signal')
    assert.equal(log, ['aborted READER_GONE'], 'it may have gone altogether')
    open()
    const answer = await readResponse(client)
    assert.is(answer.content, page)
    assert.is(answer.fields.get('connection'), 'close')
    await client.takeRest()
    assert.is(client.ended, 'end')
  }),
)

half(
  'it gets the answers to all the requests that it sent',
  serving(async (start) => {
    const site = await start(async ({ target, body }) => text(target + (await readText(body))))
    const client = await site.connect()
    client.send(get('/1') + post('/2', 'two') + get('/3'))
    client.halfClose()
    for (const wanted of ['/1', '/2two', '/3'])
      assert.is((await readResponse(client)).content, wanted)
    await client.takeRest()
    assert.is(client.ended, 'end')
  }),
)

half(
  'it gets a body that goes on for long',
  serving(async (start) => {
    async function* body(): AsyncGenerator<string> {
      for (let i = 0; i < 100; i++) {
        await sleep(1)
        yield `${i} `
      }
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.send(get())
    client.halfClose()
    const { chunks } = await readResponse(client)
    assert.is(chunks.join(''), Array.from({ length: 100 }, (_, i) => `${i} `).join(''))
  }),
)

for (const [name, sent] of [
  ['before any request', ''],
  ['between requests', get()],
  ['in the middle of a head', 'GET / HT'],
] as const)
  half(
    `${name} the connection ends without another word`,
    serving(async (start) => {
      const site = await start(() => text('hello'))
      const client = await site.connect()
      client.send(sent)
      if (sent === get()) await readResponse(client)
      client.halfClose()
      assert.is((await client.takeRest()).toString(), '')
      assert.is(client.ended, 'end')
      await site.until(() => site.server.connections === 0, 'the end of the connection')
    }),
  )

half(
  'in a pause it gets what comes after it',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const log: string[] = []
    async function* body(): AsyncGenerator<Frame | string> {
      yield 'before, '
      yield { kind: 'pause', until: gate }
      yield 'after'
    }
    const site = await start(({ client }) => {
      noting(log, client)
      return stream(body())
    })
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'before, ')
    client.halfClose()
    await site.until(() => log.length > 0, 'the signal')
    // The server has looked at its connections in between.
    await sleep(600)
    open()
    assert.is(await readChunk(client), 'after')
    assert.is(await readChunk(client), undefined)
    await client.takeRest()
    assert.is(client.ended, 'end')
    assert.equal(site.told, [])
  }),
)

half(
  'it gets all of a body that pauses longer than halfClosedTimeoutMs in sum, and not at once',
  serving(async (start) => {
    async function* body(): AsyncGenerator<Frame | string> {
      for (let i = 0; i < 6; i++) {
        yield `${i} `
        yield { kind: 'pause', until: sleep(400) }
      }
    }
    const site = await start(() => stream(body()), { halfClosedTimeoutMs: 1000 })
    const client = await site.connect()
    client.send(get())
    client.halfClose()
    assert.is((await readResponse(client)).content, '0 1 2 3 4 5 ')
  }),
)

for (const [name, handler] of [
  ['a handler that never answers', () => new Promise<never>(() => {})],
  [
    'a body that never goes on',
    () => stream(fromPull<Frame>(() => ({ pull: () => new Promise(() => {}), close() {} }))),
  ],
  ['a pause that never ends', () => stream([{ kind: 'pause', until: new Promise(() => {}) }])],
] satisfies readonly (readonly [string, Handler])[])
  half(
    `${name} does not keep its connection`,
    serving(async (start) => {
      const log: string[] = []
      const site = await start(
        (asked) => {
          noting(log, asked.client)
          return handler()
        },
        { halfClosedTimeoutMs: 1 },
      )
      const client = await site.connect()
      const staying = await site.connect()
      client.send(get())
      staying.send(get())
      client.halfClose()
      await client.takeRest()
      await site.until(() => site.server.connections === 1, 'the cut')
      assert.equal(log, ['aborted READER_GONE'])
      assert.equal(site.told, [])
    }),
  )

half(
  'in a pause that outlasts halfClosedTimeoutMs it counts as gone, and in HTTP/1.0 what it got does not look whole',
  serving(async (start) => {
    let closed = 0
    async function* body(): AsyncGenerator<Frame | string> {
      try {
        yield 'part'
        yield pause().frame
      } finally {
        closed++
      }
    }
    const site = await start(() => stream(body()), quick)
    for (const [version, ending] of [
      ['1.1', undefined],
      ['1.0', 'reset'],
    ] as const) {
      const client = await site.connect()
      client.send(`GET / HTTP/${version}\r\nhost: a\r\n\r\n`)
      await readHead(client)
      await client.takeTo('part')
      client.halfClose()
      await client.takeRest()
      if (ending !== undefined) assert.is(client.ended, ending)
    }
    assert.is(closed, 2)
  }),
)

half(
  'one that has gone altogether is found out by the first bytes that it refuses, without another time-out',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const log: string[] = []
    async function* body(): AsyncGenerator<Frame | string> {
      try {
        yield { kind: 'pause', until: gate }
        log.push('beat')
        yield 'beat'
        yield pause().frame
      } finally {
        log.push('finally')
      }
    }
    const unlimited = { halfClosedTimeoutMs: Number.POSITIVE_INFINITY }
    const site = await start(({ client }) => {
      noting(log, client)
      return stream(body())
    }, unlimited)
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    client.destroy()
    await site.until(() => log.length > 0, 'the signal')
    open()
    await site.until(() => site.server.connections === 0, 'the server to look who has gone')
    assert.equal(log, ['aborted READER_GONE', 'beat', 'finally'])
    assert.equal(site.told, [])
  }),
)

half(
  'one that resets the connection later is gone, although the server has read to its end',
  serving(async (start) => {
    const log: string[] = []
    const unlimited = { halfClosedTimeoutMs: Number.POSITIVE_INFINITY }
    const site = await start(({ client }) => {
      noting(log, client)
      return new Promise<never>(() => {})
    }, unlimited)
    const client = await site.connect()
    client.send(get())
    client.halfClose()
    await site.until(() => log.length > 0, 'the signal')
    client.reset()
    await site.until(() => site.server.connections === 0, 'the server to look who has gone')
    assert.equal(site.told, [])
  }),
)

// The server has both in one turn: the client sends its FIN while the process is stalled.
for (const [name, handler, limits] of [
  ['whose answer is there', () => text('hello'), {}],
  ['whose handler never answers', () => new Promise<never>(() => {}), quick],
  [
    'whose response pauses for ever',
    () => stream([{ kind: 'pause', until: new Promise(() => {}) }]),
    quick,
  ],
  [
    'whose response waits for ever',
    () => stream(fromPull<Frame>(() => ({ pull: () => new Promise(() => {}), close() {} }))),
    quick,
  ],
  [
    'whose handler waits for the rest of the content',
    async ({ body }) => text(await readText(body)),
    {},
  ],
] satisfies readonly (readonly [string, Handler, object])[])
  for (const isLater of [false, true])
    half(
      `a request ${name} and the FIN in one turn of a stalled process${isLater ? ', on a connection that was idle' : ''}: it ends`,
      serving(async (start) => {
        const log: string[] = []
        const site = await start((asked) => {
          if (asked.target === '/first') return text('first')
          noting(log, asked.client)
          return handler(asked)
        }, limits)
        const client = await site.connect()
        if (isLater) {
          client.send(get('/first'))
          assert.is((await readResponse(client)).content, 'first')
        }
        client.send(name.endsWith('content') ? post('/', 'hello').slice(0, -1) : get())
        client.halfClose()
        stall(50)
        await client.takeRest()
        assert.is(client.ended, 'end')
        await site.until(() => site.server.connections === 0, 'the end of the connection')
      }),
    )

half(
  'after its content, a handler that reads is not told of an early end',
  serving(async (start) => {
    const site = await start(async ({ body }) => {
      await rejects(() => readText(body, { maxBytes: 1 }), 'BODY_TOO_LARGE')
      return text('too much')
    })
    const client = await site.connect()
    client.send(post('/', 'hello'))
    client.halfClose()
    assert.is((await readResponse(client)).content, 'too much')
  }),
)

half.run()
