// What a listener alone cannot do: 100 (Continue) on the first read, Upgrade, CONNECT, and a server that closes.
import { createServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { readText } from '@sluice/body'
import { attach, takeOver } from '@sluice/node'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, request } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Handler } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

const attached: Mount = (handler, options) => {
  const server = createServer()
  attach(server, handler, options)
  return server
}

const expecting = (target: string) =>
  request('POST', target, 'content-length: 5', 'expect: 100-continue')

const continues = suite('attach: Expect: 100-continue')

continues(
  '100 is sent when the handler begins to read, not before',
  hosting(async (start) => {
    const gate = deferred()
    const host = await start(async ({ body }) => {
      await gate.promise
      return text(await readText(body))
    }, attached)
    const client = await host.connect()
    client.send(expecting('/'))
    await turn(50)
    assert.is(client.receivedBytes, 0)
    gate.resolve(undefined)
    assert.is((await readHead(client)).status, 100)
    client.send('hello')
    assert.is((await readResponse(client)).content, 'hello')
    client.send(get())
    assert.is((await readResponse(client)).content, '')
    assert.equal(host.told, [])
  }),
)

continues(
  'a client that has begun to send is not told to',
  hosting(async (start) => {
    const gate = deferred()
    const host = await start(async ({ body }) => {
      await gate.promise
      return text(await readText(body))
    }, attached)
    const client = await host.connect()
    client.send(`${expecting('/')}he`)
    await turn(50)
    gate.resolve(undefined)
    await turn(20)
    client.send('llo')
    assert.is((await readResponse(client)).content, 'hello')
  }),
)

continues(
  'if the handler answers without reading, no 100 is sent, and the connection closes',
  hosting(async (start) => {
    const host = await start(() => text('no', { status: 413 }), attached)
    const client = await host.connect()
    client.send(expecting('/'))
    const response = await readResponse(client)
    assert.is(response.status, 413)
    assert.is(response.fields.get('connection'), 'close')
    await client.takeRest()
  }),
)

continues.run()

const switches = suite('attach: Upgrade and CONNECT')

const echoing: Handler = ({ headers, method }) => {
  if (method !== 'CONNECT' && headers.get('upgrade') !== 'echo') return text('plain')
  return takeOver(
    (socket, head) => {
      if (head.length > 0) socket.write(head)
      socket.on('error', () => {}).pipe(socket)
    },
    method === 'CONNECT' ? { status: 200 } : { headers: { upgrade: 'echo' } },
  )
}

switches(
  'an Upgrade is taken over, with the bytes that came after it',
  hosting(async (start) => {
    const host = await start(echoing, attached)
    const client = await host.connect()
    client.send(`${get('/', 'connection: upgrade', 'upgrade: echo')}first`)
    const head = await readHead(client)
    assert.is(head.status, 101)
    assert.is(head.fields.get('upgrade'), 'echo')
    assert.is(head.fields.get('connection'), 'upgrade')
    assert.is((await client.take(5)).toString(), 'first')
    client.send('second')
    assert.is((await client.take(6)).toString(), 'second')
    client.halfClose()
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(host.told, [])
  }),
)

switches(
  'a CONNECT is taken over, without fields of framing',
  hosting(async (start) => {
    const host = await start(echoing, attached)
    const client = await host.connect()
    client.send('CONNECT a.example:443 HTTP/1.1\r\nhost: a.example:443\r\n\r\n')
    const head = await readHead(client)
    assert.is(head.status, 200)
    assert.is(head.fields.has('content-length') || head.fields.has('transfer-encoding'), false)
    client.send('x')
    assert.is((await client.take(1)).toString(), 'x')
    client.destroy()
  }),
)

switches(
  'an Upgrade that the handler does not take over is answered, and the connection closes',
  hosting(async (start) => {
    const host = await start(
      ({ target }) => (target === '/' ? text('plain') : stream(['one', { kind: 'flush' }, 'two'])),
      attached,
    )
    for (const [target, content] of [
      ['/', 'plain'],
      ['/stream', 'onetwo'],
    ] as const) {
      const client = await host.connect()
      client.send(`${get(target, 'connection: upgrade', 'upgrade: h2c')}bytes of another protocol`)
      const response = await readResponse(client)
      assert.is(response.content, content)
      assert.is(response.fields.get('connection'), 'close')
      assert.is((await client.takeRest()).toString(), '')
      assert.is(client.ended, 'end')
      client.halfClose()
    }
    assert.equal(host.told, [])
  }),
)

for (const [name, sent, handler, status, code] of [
  [
    'a protocol that was not offered',
    get('/', 'connection: upgrade', 'upgrade: other'),
    () => takeOver(() => {}, { headers: { upgrade: 'echo' } }),
    500,
    'RESPONSE_INVALID',
  ],
  [
    'a successful CONNECT that nothing takes over',
    'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n',
    () => text(''),
    501,
    'NOT_IMPLEMENTED',
  ],
  [
    'an Upgrade with content',
    `${request('POST', '/', 'connection: upgrade', 'upgrade: echo', 'content-length: 1')}x`,
    () => text(''),
    501,
    'NOT_IMPLEMENTED',
  ],
] satisfies readonly (readonly [string, string, Handler, number, string])[]) {
  switches(
    `${name} is refused with ${status}`,
    hosting(async (start) => {
      const host = await start(handler, attached)
      const client = await host.connect()
      client.send(sent)
      assert.is((await readResponse(client)).status, status)
      assert.equal(host.told.map(codeOf), [code])
      client.destroy()
    }),
  )
}

switches(
  'what takeOver throws is reported, and the connection ends',
  hosting(async (start) => {
    const error = new Error('taken')
    const host = await start(
      () =>
        takeOver(
          () => {
            throw error
          },
          { headers: { upgrade: 'echo' } },
        ),
      attached,
    )
    const client = await host.connect()
    client.send(get('/', 'connection: upgrade', 'upgrade: echo'))
    await client.takeRest()
    assert.equal(host.told, [error])
  }),
)

switches(
  'a client that resets while the handler thinks ends nothing but its request',
  hosting(async (start) => {
    const gone = deferred<unknown>()
    const host = await start(
      ({ client }) =>
        new Promise((_, reject) => {
          client.signal.addEventListener('abort', () => {
            gone.resolve(codeOf(client.signal.reason))
            reject(client.signal.reason)
          })
        }),
      attached,
    )
    const client = await host.connect()
    client.send(get('/', 'connection: upgrade', 'upgrade: echo'))
    await turn(30)
    client.reset()
    assert.is(await gone.promise, 'READER_GONE')
    assert.equal(host.told, [])
  }),
)

for (const [name, sent, status] of [
  ['an Upgrade', get('/', 'connection: upgrade', 'upgrade: echo'), 101],
  ['a CONNECT', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n', 200],
] as const) {
  switches(
    `${name} behind requests that are being answered waits for their responses`,
    hosting(async (start) => {
      const gate = deferred()
      const seen: string[] = []
      const host = await start(async (request) => {
        seen.push(request.method + request.target)
        if (!request.target.startsWith('/wait')) return echoing(request)
        await gate.promise
        return text(request.target)
      }, attached)
      const client = await host.connect()
      client.send(`${get('/wait1')}${get('/wait2')}${sent}head`)
      await turn(30)
      assert.is(client.receivedBytes, 0)
      assert.equal(seen, ['GET/wait1', 'GET/wait2'])
      gate.resolve(undefined)
      assert.is((await readResponse(client)).content, '/wait1')
      assert.is((await readResponse(client)).content, '/wait2')
      assert.is((await readHead(client)).status, status)
      assert.is((await client.take(4)).toString(), 'head')
      client.send('more')
      assert.is((await client.take(4)).toString(), 'more')
      assert.equal(host.told, [])
    }),
  )
}

switches(
  'an Upgrade behind a response that closes the connection is not answered',
  hosting(async (start) => {
    const seen: string[] = []
    const host = await start(async ({ target }) => {
      seen.push(target)
      await turn(3)
      return text('last', { headers: { connection: 'close' } })
    }, attached)
    const client = await host.connect()
    client.send(get('/') + get('/up', 'connection: upgrade', 'upgrade: echo'))
    assert.is((await readResponse(client)).content, 'last')
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(seen, ['/'])
  }),
)

for (const [name, more] of [
  ['', ''],
  [', after bytes of another protocol', 'bytes'],
] as const) {
  switches(
    `a client that ends its half during the response to its Upgrade${name} is heard`,
    hosting(async (start) => {
      const gone = deferred<unknown>()
      const ended = deferred()
      const host = await start(({ client }) => {
        client.signal.addEventListener('abort', () => gone.resolve(codeOf(client.signal.reason)))
        return stream(
          (async function* () {
            try {
              yield 'one'
              yield { kind: 'flush' } as const
              await gone.promise
            } finally {
              ended.resolve(undefined)
            }
          })(),
        )
      }, attached)
      const client = await host.connect()
      client.send(get('/', 'connection: upgrade', 'upgrade: h2c') + more)
      await readHead(client)
      client.halfClose()
      assert.is(await gone.promise, 'READER_GONE')
      await ended.promise
      assert.equal(host.told, [])
    }),
  )
}

switches(
  'a client that ends its half while the handler of its Upgrade works is heard',
  hosting(async (start) => {
    const gone = deferred<unknown>()
    const host = await start(
      ({ client }) =>
        new Promise((_, reject) => {
          client.signal.addEventListener('abort', () => {
            gone.resolve(codeOf(client.signal.reason))
            reject(client.signal.reason)
          })
        }),
      attached,
    )
    const client = await host.connect()
    client.send(get('/', 'connection: upgrade', 'upgrade: echo'))
    await turn(30)
    client.halfClose()
    assert.is(await gone.promise, 'READER_GONE')
    assert.equal(host.told, [])
  }),
)

switches(
  'WebSocket over HTTP/2 has the method CONNECT, its protocol in upgrade, and 200 in place of 101',
  hosting(async (start) => {
    const seen: unknown[] = []
    const host = await start(
      ({ method, target, headers }) => {
        seen.push(method, target, headers.get('upgrade'), headers.get('host'))
        return takeOver((socket) => socket.on('error', () => {}).pipe(socket), {
          headers: { upgrade: 'websocket', 'x-a': '1' },
        })
      },
      (handler, options) => {
        const server = createHttp2({ settings: { enableConnectProtocol: true } })
        attach(server, handler, options)
        return server
      },
    )
    const session = connectHttp2(`http://127.0.0.1:${host.port}`)
    await new Promise((resolve) => session.once('remoteSettings', resolve))
    const tunnel = session.request(
      {
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        ':path': '/chat',
        ':scheme': 'http',
        ':authority': 'a.example',
      },
      { endStream: false },
    )
    const [head] = await Promise.all([
      new Promise<Record<string, unknown>>((resolve) => tunnel.once('response', resolve)),
    ])
    assert.is(head[':status'], 200)
    assert.is(head.upgrade, undefined)
    assert.is(head['x-a'], '1')
    tunnel.write('hello')
    const [echoed] = await Promise.all([
      new Promise<unknown>((resolve) => tunnel.once('data', (bytes) => resolve(String(bytes)))),
    ])
    assert.is(echoed, 'hello')
    assert.equal(seen, ['CONNECT', '/chat', 'websocket', 'a.example'])
    tunnel.end()
    session.close()
    assert.equal(host.told, [])
  }),
)

switches.run()

const closing = suite('attach: a server that closes, and detaching')

closing(
  'client.draining aborts when close() of the server is called, and a long response can end',
  hosting(async (start) => {
    const host = await start(
      ({ client }) =>
        stream(
          (async function* () {
            yield 'one'
            yield { kind: 'flush' } as const
            if (!client.draining.aborted)
              await new Promise((resolve) => client.draining.addEventListener('abort', resolve))
            yield String(codeOf(client.draining.reason))
          })(),
        ),
      attached,
    )
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    const closed = new Promise((resolve) => host.server.close(resolve))
    assert.is((await client.takeTo('0\r\n\r\n')).includes('UNAVAILABLE'), true)
    client.destroy()
    await closed
  }),
)

closing(
  'detaching removes every listener, and gives back close',
  hosting(async () => {
    const server = createServer()
    const before = server.eventNames().map((name) => server.listenerCount(name))
    const close = server.close
    const detach = attach(server, () => text(''), { onError: () => {} })
    assert.is.not(server.close, close)
    detach()
    detach()
    assert.equal(
      server.eventNames().map((name) => server.listenerCount(name)),
      before,
    )
    assert.is(server.close, close)
    assert.is(Object.hasOwn(server, 'close'), false)
  }),
)

closing('a handler that is not a function is refused at the call', () => {
  const given: unknown = {}
  assert.throws(
    () => Reflect.apply(attach, undefined, [createServer(), given]),
    (error: unknown) => error instanceof TypeError,
  )
})

closing.run()
