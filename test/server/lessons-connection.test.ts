// What went wrong in other servers: unread content, refusals, clients that leave, slow ones and ones that wait.
import { readText, toBody } from '@sluice/body'
import { HttpError, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readHead, readResponse } from '../support/read-response.ts'
import { chunkedPost, postHead, reading } from '../support/refusing.ts'
import { get, post, request, serving } from '../support/serving.ts'
import { deferred } from '../support/within.ts'

const content = suite('lessons: unread content')

content(
  '10. content of any method is framed, and never parsed as a request',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start(({ target }) => {
      targets.push(target)
      return text('')
    })
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'BREW']) {
      const client = await site.connect()
      const hidden = get('/hidden')
      client.send(request(method, '/1', `content-length: ${hidden.length}`) + hidden)
      await readResponse(client, method)
      const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
      client.send(request(method, '/2', 'transfer-encoding: chunked') + chunk + get('/3'))
      await readResponse(client, method)
      await readResponse(client)
      client.destroy()
    }
    assert.equal([...new Set(targets)], ['/1', '/2', '/3'])
  }),
)
content(
  '10. unread content over the bound closes the connection, and what follows is not parsed',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start(
      ({ target }) => {
        targets.push(target)
        return text('')
      },
      { maxUnreadBytes: 10 },
    )
    for (const sent of [
      post('/', 'x'.repeat(11)),
      chunkedPost(`b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`),
    ]) {
      const client = await site.connect()
      client.send(sent + get('/after'))
      assert.is((await readResponse(client)).status, 200)
      assert.equal(await client.takeRest(), Buffer.alloc(0))
      assert.is(client.ended, 'end')
    }
    assert.equal([...new Set(targets)], ['/'])
  }),
)

content.run()

const refusals = suite('lessons: refusals')

// Node answers a request with close worse when more follows it.
refusals(
  '11. after a request with close nothing is parsed, and its answer is whole',
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    for (const after of [get('/after'), '\0\0\0', 'GET / HTTP/1.1\r\n x\r\n\r\n', '\r\n\r\n\r\n']) {
      const client = await site.connect()
      client.send(post('/', 'hi', 'connection: close') + after)
      assert.is((await readResponse(client)).content, '/ hi')
      assert.equal(await client.takeRest(), Buffer.alloc(0))
      assert.is(client.ended, 'end')
    }
    assert.equal([...new Set(targets)], ['/'])
  }),
)
refusals(
  '11. after a refusal there is one answer and the end, however much follows',
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    const client = await site.connect()
    client.send('G(T / HTTP/1.1\r\n\r\n'.repeat(3000) + get('/after'))
    assert.is((await readResponse(client)).status, 400)
    assert.equal(await client.takeRest(), Buffer.alloc(0))
    assert.is(client.ended, 'end')
    assert.equal(targets, [])
  }),
)
// Node drops answers that are still being made when a later request is malformed.
refusals(
  '12. requests before a malformed one are answered first, in order, however slow',
  serving(async (start) => {
    const gate = deferred()
    const site = await start(async ({ target }) => {
      await gate.promise
      return text(target)
    })
    const client = await site.connect()
    client.send(`${get('/1')}${get('/2')}GET /3 HTTP/1.1\r\nhost : a\r\n\r\n`)
    await site.round()
    assert.is(client.receivedBytes, 0)
    gate.resolve()
    assert.is((await readResponse(client)).content, '/1')
    assert.is((await readResponse(client)).content, '/2')
    assert.is((await readResponse(client)).status, 400)
    assert.is((await client.takeRest()).length, 0)
  }),
)

refusals.run()

const clients = suite('lessons: clients')

clients(
  '18. a client that resets in the middle of its content is an error for the handler, and for nobody else',
  serving(async (start) => {
    const outcomes: unknown[] = []
    const site = await start(async ({ body }) => {
      try {
        return text(await readText(body))
      } catch (error) {
        outcomes.push(error)
        throw error
      }
    })
    for (const sent of [postHead('content-length: 5'), chunkedPost('5\r\n')]) {
      const client = await site.connect()
      client.send(`${sent}he`)
      await site.round()
      client.reset()
    }
    await site.until(() => outcomes.length === 2, 'the handlers to be told')
    for (const error of outcomes)
      assert.is(error instanceof Error && 'code' in error && error.code, 'READER_GONE')
    await site.until(() => site.server.connections === 0, 'the connections to be gone')
    assert.equal(site.told, [])
    assert.is((await site.ask(post('/', 'hi'))).content, 'hi')
  }),
)
// GHSA-mrq3-vjjr-p77c (Fastify): a stream was written without waiting for drain.
clients(
  '21. a client that does not read is not written to: the source is no more asked',
  serving(async (start) => {
    let pulls = 0
    let closes = 0
    async function* endless() {
      try {
        for (;;) {
          pulls++
          yield Buffer.alloc(65_536)
        }
      } finally {
        closes++
      }
    }
    const site = await start(() => stream(toBody(endless())))
    const client = await site.connect()
    client.pause()
    client.send(get())
    const most = await site.standstill(() => pulls)
    // Kernels hold some MiB of a connection of this machine.
    assert.ok(most * 65_536 < 64 * 1_048_576, `${most} pulls`)
    client.destroy()
    await site.until(() => closes > 0, 'the source to be closed')
    assert.is(closes, 1)
  }),
)
// Node says 100 before it asks anybody.
clients(
  '23. a client that expects 100 is told so at the first read, or refused without it',
  serving(async (start) => {
    const gate = deferred()
    const site = await start(async ({ target, body }) => {
      if (target === '/refused') throw new HttpError('FORBIDDEN', 'Cannot take it: found no key')
      await gate.promise
      return text(await readText(body))
    })
    const expecting = (path: string) =>
      request('POST', path, 'expect: 100-continue', 'content-length: 2')
    const refused = await site.connect()
    refused.send(expecting('/refused'))
    assert.is((await readResponse(refused)).status, 403)
    assert.is((await refused.takeRest()).length, 0)
    const reads = await site.connect()
    reads.send(expecting('/'))
    await site.round()
    assert.is(reads.receivedBytes, 0)
    gate.resolve()
    assert.is((await readHead(reads)).status, 100)
    reads.send('hi')
    assert.is((await readResponse(reads)).content, 'hi')
  }),
)

clients.run()
