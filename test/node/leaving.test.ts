// A client that goes: the signal first, then the body is closed, once, wherever it was, and nothing is reported.

import { createServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { data, isData, readText } from '@sluice/body'
import { toListener } from '@sluice/node'
import { pause } from '@sluice/pause'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, post } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Socket } from 'node:net'
import type { Frame } from '@sluice/body'
import type { Client, Handler } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'
import type { RawClient } from '../support/server/raw-client.ts'

/** A client of either version: sends a request of some bytes, and goes. */
interface Leaver {
  go(): void
}

const waitFor = async (seen: () => boolean): Promise<void> => {
  const until = performance.now() + 10_000
  while (!seen() && performance.now() < until) await turn(3)
  assert.ok(seen(), 'what was waited for has not come')
}

const raw =
  (leave: (client: RawClient) => void) =>
  async (connect: () => Promise<RawClient>, upload: boolean): Promise<Leaver> => {
    const client = await connect()
    client.pause()
    client.send(
      upload ? post('/', 'x', 'x-a: 1').replace('content-length: 1', 'content-length: 9') : get(),
    )
    return { go: () => leave(client) }
  }

const ways = [
  ['reset', raw((client) => client.reset())],
  ['close', raw((client) => client.destroy())],
] as const

const mountHttp2: Mount = (handler, options) => createHttp2(toListener(handler, options))
const mountHttp1: Mount = (handler, options) => createServer(toListener(handler, options))

const askHttp2 =
  (how: 'stream' | 'session') =>
  async (port: number, upload: boolean): Promise<Leaver> => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    // Without the length, Node's client ends the content before it resets the stream.
    const head = upload ? { ':method': 'POST', 'content-length': '9' } : {}
    const request = session.request(head, { endStream: !upload })
    request.on('error', () => {})
    if (upload) request.write('x')
    return {
      go() {
        if (how === 'session') session.destroy()
        else {
          request.close(8)
          request.once('close', () => session.close())
        }
      },
    }
  }

/** Bodies by where they are when the client goes. */
const waits: readonly (readonly [string, () => AsyncGenerator<Frame | string>])[] = [
  [
    'at a yield, since the client does not read',
    async function* () {
      for (;;) yield data(new Uint8Array(100_000))
    },
  ],
  [
    'in a pause',
    async function* () {
      yield 'one'
      yield pause().frame
    },
  ],
  [
    'at a flush',
    async function* () {
      for (;;) {
        yield 'one'
        yield { kind: 'flush' }
        await turn(3)
      }
    },
  ],
]

const cases: readonly (readonly [
  string,
  Mount,
  (host: { port: number; connect(): Promise<RawClient> }, upload: boolean) => Promise<Leaver>,
])[] = [
  ...ways.map(
    ([name, ask]) =>
      [
        `HTTP/1.1, ${name}`,
        mountHttp1,
        (host: { connect(): Promise<RawClient> }, upload: boolean) =>
          ask(() => host.connect(), upload),
      ] as const,
  ),
  ['HTTP/2, RST_STREAM', mountHttp2, (host, upload) => askHttp2('stream')(host.port, upload)],
  ['HTTP/2, connection lost', mountHttp2, (host, upload) => askHttp2('session')(host.port, upload)],
]

const gone = suite('toListener: a client that goes')

for (const [way, mount, ask] of cases) {
  for (const [where, body] of waits) {
    gone(
      `${way}: a body ${where} runs its finally once, after the signal`,
      hosting(async (start) => {
        const log: string[] = []
        const handler: Handler = ({ client }) => {
          client.signal.addEventListener('abort', () =>
            log.push(String(codeOf(client.signal.reason))),
          )
          return stream(
            (async function* () {
              try {
                log.push('begun')
                yield* body()
              } finally {
                log.push('finally')
              }
            })(),
          )
        }
        const host = await start(handler, mount)
        const client = await ask(host, false)
        await waitFor(() => log.length > 0)
        await turn(20)
        client.go()
        await waitFor(() => log.length > 2)
        await turn(20)
        assert.equal(log, ['begun', 'READER_GONE', 'finally'])
        assert.equal(host.told, [])
      }),
    )
  }

  gone(
    `${way}: a body that was never read is closed, and the handler that waited is not reported`,
    hosting(async (start) => {
      const log: string[] = []
      const left = deferred()
      const handler: Handler = async ({ client }) => {
        log.push('begun')
        client.signal.addEventListener('abort', () => left.resolve(undefined))
        await left.promise
        const body = {
          [Symbol.asyncIterator]: () => ({
            next: async (): Promise<IteratorResult<Frame>> => {
              log.push('pulled')
              return { done: true, value: undefined }
            },
            return: async (): Promise<IteratorResult<Frame>> => {
              log.push('closed')
              return { done: true, value: undefined }
            },
          }),
        }
        return { ...text(''), body }
      }
      const host = await start(handler, mount)
      const client = await ask(host, false)
      await waitFor(() => log.length > 0)
      client.go()
      await waitFor(() => log.length > 1)
      await turn(20)
      assert.equal(log, ['begun', 'closed'])
      assert.equal(host.told, [])
    }),
  )

  gone(
    `${way}: while it uploads, the read fails with READER_GONE, and that is not reported`,
    hosting(async (start) => {
      const log: string[] = []
      const handler: Handler = async ({ body }) => {
        try {
          for await (const frame of body) if (isData(frame)) log.push(`data ${frame.bytes.length}`)
          log.push('end')
        } catch (error) {
          log.push(String(codeOf(error)))
          throw error
        }
        return text('done')
      }
      const host = await start(handler, mount)
      const client = await ask(host, true)
      await waitFor(() => log.length > 0)
      client.go()
      await waitFor(() => log.length > 1)
      await turn(20)
      assert.equal(log, ['data 1', 'READER_GONE'])
      assert.equal(host.told, [])
    }),
  )

  gone(
    `${way}: before the first read, the read fails with READER_GONE`,
    hosting(async (start) => {
      const log: string[] = []
      const left = deferred()
      const handler: Handler = async ({ body, client }) => {
        log.push('begun')
        client.signal.addEventListener('abort', () => left.resolve(undefined))
        await left.promise
        try {
          await readText(body)
          log.push('end')
        } catch (error) {
          log.push(String(codeOf(error)))
          throw error
        }
        return text('done')
      }
      const host = await start(handler, mount)
      const client = await ask(host, true)
      await waitFor(() => log.length > 0)
      client.go()
      await waitFor(() => log.length > 1)
      await turn(20)
      assert.equal(log, ['begun', 'READER_GONE'])
      assert.equal(host.told, [])
    }),
  )

  gone(
    `${way}: a receipt on its way is told that the flush is lost`,
    hosting(async (start) => {
      const receipts: string[] = []
      const host = await start(
        () =>
          stream(
            (async function* () {
              for (;;) {
                yield data(new Uint8Array(8000))
                const sent = (lost?: unknown) =>
                  receipts.push(lost === undefined ? 'sent' : String(codeOf(lost)))
                yield { kind: 'flush', sent } as const
              }
            })(),
          ),
        mount,
      )
      const client = await ask(host, false)
      await waitFor(() => receipts.length > 0)
      await turn(200)
      client.go()
      await waitFor(() => receipts.at(-1) !== 'sent')
      assert.is(receipts.at(-1), 'FLUSH_LOST')
      assert.is(receipts.indexOf('FLUSH_LOST') > receipts.lastIndexOf('sent'), true)
    }),
  )
}

gone(
  'the signal of a request that is complete aborts with REQUEST_OVER, also if it is asked for later',
  hosting(async (start) => {
    const clients: Client[] = []
    const host = await start(({ client }) => {
      clients.push(client)
      return text('hello')
    })
    await host.ask(get())
    const [client] = clients
    assert.is(client?.signal.aborted, true)
    assert.is(codeOf(client?.signal.reason), 'REQUEST_OVER')
  }),
)

gone(
  'the address and the port of a client that has gone are kept, for logs',
  hosting(async (start) => {
    const log: unknown[] = []
    const host = await start(({ client }) => {
      client.signal.addEventListener('abort', () =>
        setTimeout(() => log.push(client.address, client.port > 0), 5),
      )
      return stream([{ kind: 'flush' }, pause().frame])
    })
    const client = await host.connect()
    client.send(get())
    await client.received(1)
    client.reset()
    await waitFor(() => log.length > 0)
    assert.equal(log, ['127.0.0.1', true])
  }),
)

gone.run()

const kept = suite('toListener: a connection that is kept')

kept(
  'no request leaves a listener on its socket, whether it streams, reads or is answered at once',
  hosting(async (start) => {
    const counts: number[] = []
    const sockets: Socket[] = []
    const host = await start(
      async ({ target, body, client }) => {
        if (target === '/whole') return text('whole')
        await readText(body)
        void client.signal
        return stream(['one', { kind: 'flush' }, 'two'])
      },
      (handler, options) => {
        const listener = toListener(handler, options)
        return createServer((req, res) => {
          sockets.push(req.socket)
          counts.push(
            req.socket.eventNames().reduce((sum, name) => sum + req.socket.listenerCount(name), 0),
          )
          listener(req, res)
        })
      },
    )
    const client = await host.connect()
    for (let i = 0; i < 30; i++) {
      client.send(i % 3 === 0 ? get('/whole') : post('/', 'content'))
      await readResponse(client)
    }
    assert.is(new Set(sockets).size, 1)
    assert.is(new Set(counts.slice(1)).size, 1, counts.join())
  }),
)

kept(
  'pipelined requests whose responses wait for their turn: all are told',
  hosting(async (start) => {
    const told: string[] = []
    const ended: string[] = []
    const host = await start(({ client, target }) => {
      const gone = deferred()
      client.signal.addEventListener('abort', () => {
        told.push(`${target} ${codeOf(client.signal.reason)}`)
        gone.resolve(undefined)
      })
      return stream(
        (async function* () {
          try {
            yield 'one'
            yield { kind: 'flush' } as const
            await gone.promise
          } finally {
            ended.push(target)
          }
        })(),
      )
    })
    const warnings: unknown[] = []
    const warned = (warning: unknown) => warnings.push(warning)
    process.on('warning', warned)
    const client = await host.connect()
    const targets = Array.from({ length: 20 }, (_, at) => `/${at}`)
    client.send(targets.map((target) => get(target)).join(''))
    await client.takeTo('one')
    await turn(20)
    client.reset()
    await waitFor(() => ended.length === 20)
    process.off('warning', warned)
    assert.equal(told.sort(), targets.map((target) => `${target} READER_GONE`).sort())
    assert.equal(ended.sort(), targets.sort())
    assert.equal(host.told, [])
    assert.equal(warnings, [])
  }),
)

kept.run()
