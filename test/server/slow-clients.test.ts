// Clients that crawl, and more of them than there is room for.
import { readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'

const requests = [
  post('/1', 'hello'),
  `${request('POST', '/2', 'transfer-encoding: chunked')}2;a="b"\r\nhi\r\n0\r\nx-sum: 9\r\n\r\n`,
  'POST /3 HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello',
]

const slow = suite('faults: slow clients, and many')

slow(
  'a request byte by byte is the same request',
  serving(async (start) => {
    const site = await start(async ({ target, body }) => text(target + (await readText(body))))
    const clients = await Promise.all(requests.map(() => site.connect()))
    await Promise.all(
      clients.map(async (client, i) => {
        for (const byte of requests[i] ?? '') {
          client.send(byte)
          await turn()
        }
        const wanted = ['/1hello', '/2hi', '/3hello'][i]
        assert.is((await readResponse(client)).content, wanted)
      }),
    )
  }),
)

slow(
  'a response that is taken a little at a time comes whole',
  serving(async (start) => {
    const bytes = Buffer.from(
      Array.from({ length: 3_000_000 }, (_, at) => (at * 7 + (at >> 9)) % 251),
    )
    const site = await start(() => stream(bytes))
    const client = await site.connect()
    client.pause()
    client.send(get('/', 'connection: close'))
    while (client.ended === undefined) {
      client.resume()
      await turn()
      client.pause()
      await turn(3)
    }
    const received = await client.takeRest()
    assert.ok(received.subarray(-bytes.length).equals(bytes))
  }),
)

slow(
  '1,000 idle connections, some with half a head, are in nobody’s way, and close at once',
  serving(async (start) => {
    const site = await start(() => text('hello'), { headTimeoutMs: 60_000, idleTimeoutMs: 60_000 })
    const clients = await Promise.all(Array.from({ length: 1000 }, () => site.connect()))
    for (const [i, client] of clients.entries()) if (i % 2 === 0) client.send(get())
    await Promise.all(clients.filter((_, i) => i % 2 === 0).map((client) => readResponse(client)))
    assert.is(site.server.connections, 1000)
    assert.is((await site.ask(get())).content, 'hello')
    const closed = site.server.close()
    await Promise.all(clients.map((client) => client.takeRest()))
    await closed
  }),
)

slow(
  'more clients than there are descriptors: those beyond are turned away, and it serves on',
  async () => {
    const program = `
      import { closeOnSignal, serve } from '@sluice/server'
      import { text } from '@sluice/stack'
      const server = await serve(() => text('hello'))
      closeOnSignal(server, { graceMs: 1 })
      console.log('port', server.port)
    `
    const args = [
      '-c',
      'ulimit -n 60; exec "$0" --input-type=module -e "$1"',
      process.execPath,
      program,
    ]
    const server = startProgram('sh', args)
    const [, port = ''] = await server.printed(/port (\d+)/)
    const clients = await Promise.all(Array.from({ length: 100 }, () => connectTo(Number(port))))
    for (const client of clients) client.send(get())
    const answers = await Promise.all(
      clients.map((client) => readResponse(client).catch(() => undefined)),
    )
    const served = answers.filter((answer) => answer?.content === 'hello').length
    assert.ok(served > 0 && served < 100, `${served} were served`)
    for (const client of clients) client.destroy()
    // It sees them go one by one; whoever comes before that may be turned away as well.
    for (let answer: string | undefined; answer !== 'hello'; ) {
      const client = await connectTo(Number(port))
      client.send(get('/', 'connection: close'))
      answer = await readResponse(client).then(
        ({ content }) => content,
        () => undefined,
      )
      client.destroy()
    }
    server.signal('SIGTERM')
    assert.is(await server.exited(), 0)
  },
)

// Reading stops at 16 KiB that nobody asks for; the beginning of a line is asked for.
slow(
  'a field line of 40,000 bytes comes whole, where a head may be so large, though it comes in parts',
  serving(async (start) => {
    const site = await start(({ headers }) => text(String(headers.get('x-a')?.length)), {
      maxHeadBytes: 65_536,
    })
    const client = await site.connect()
    client.send(`GET / HTTP/1.1\r\nhost: a\r\nx-a: ${'b'.repeat(20_000)}`)
    await site.round()
    client.send(`${'c'.repeat(20_000)}\r\n\r\n`)
    assert.is((await readResponse(client)).content, '40000')
  }),
)

slow.run()
