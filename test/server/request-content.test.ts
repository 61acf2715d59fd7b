// Content of requests as a handler reads it, what is left unread, and 100 (Continue).
import { collect, isData, readJson, readText } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { empty, HttpError, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Handler, HttpRequest } from '@sluice/stack'

const postHead = (length: number, ...lines: readonly string[]) =>
  request('POST', '/', `content-length: ${length}`, ...lines)
const chunkedHead = (...lines: readonly string[]) =>
  request('POST', '/', 'transfer-encoding: chunked', ...lines)
const lastChunk = '0\r\n\r\n'

const echo: Handler = async ({ body }) => text(await readText(body))

const content = suite('server: content of requests')

content(
  'content of a length, and in the coding, with its trailers',
  serving(async (start) => {
    const site = await start(async ({ body }) => {
      const { bytes, trailers } = await collect(body)
      return text(`${body.byteLength} ${Buffer.from(bytes)} ${JSON.stringify(trailers)}`)
    })
    const client = await site.connect()
    client.send(post('/', 'hello'))
    assert.match((await readResponse(client)).content, /^5 hello/)
    client.send(`${chunkedHead()}2\r\nhi\r\n0\r\nX-Sum: 9\r\n\r\n`)
    assert.is((await readResponse(client)).content, 'undefined hi [["x-sum","9"]]')
    client.send(get())
    assert.match((await readResponse(client)).content, /^0 {2}/)
  }),
)

content(
  'it is given as it arrives, before the rest has been sent',
  serving(async (start) => {
    const site = await start(({ body }) => stream(body))
    const client = await site.connect()
    client.send(`${chunkedHead()}3\r\none\r\n`)
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    client.send('3\r\ntwo\r\n')
    assert.is(await readChunk(client), 'two')
    client.send(lastChunk)
    assert.is(await readChunk(client), undefined)
  }),
)

content(
  '8 MiB come back byte by byte as they were sent',
  serving(async (start) => {
    const size = 8 * 2 ** 20
    const bytes = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) % 256))
    const site = await start(({ body }) => ({ ...empty({ status: 200 }), body }))
    const client = await site.connect()
    client.send(postHead(size))
    const sent = client.sendAll(bytes)
    const head = await readHead(client)
    assert.is(head.fields.get('content-length'), String(size))
    assert.ok((await client.take(size)).equals(bytes))
    assert.ok(await sent)
  }),
)

content(
  'a second reading is BODY_USED',
  serving(async (start) => {
    const site = await start(async ({ body }) => {
      await readText(body)
      await rejects(() => readText(body), 'BODY_USED')
      return text('refused')
    })
    assert.is((await site.ask(post('/', 'hello'))).content, 'refused')
  }),
)

content(
  'a handler that does not read stops the reading from the socket, and starts it again',
  serving(async (start) => {
    const size = 64 * 2 ** 20
    const { promise: may, resolve: permit } = deferred()
    const site = await start(async ({ body }) => {
      await may
      let bytes = 0
      for await (const frame of body) if (isData(frame)) bytes += frame.bytes.length
      return text(String(bytes))
    })
    const client = await site.connect()
    client.send(postHead(size))
    let taken = 0
    const pour = async () => {
      const piece = Buffer.alloc(65_536)
      for (let sent = 0; sent < size && (await client.sendAll(piece)); sent += piece.length)
        taken = sent + piece.length
    }
    const poured = pour()
    const stood = await site.standstill(() => taken)
    assert.ok(stood < 32 * 2 ** 20, `${stood} bytes were taken`)
    permit()
    assert.is((await readResponse(client)).content, String(size))
    await poured
  }),
)

content(
  'a client that ends in the middle of its content: the handler is told, and the client answered',
  serving(async (start) => {
    const site = await start(echo)
    for (const begun of [postHead(5), chunkedHead()]) {
      const client = await site.connect()
      client.send(`${begun}2\r\n`)
      client.halfClose()
      const answer = await readResponse(client)
      assert.is(answer.status, 400)
      assert.match(answer.content, /ended|no more bytes/)
      await client.takeRest()
      assert.is(client.ended, 'end')
    }
    assert.equal(site.told, [], 'it is the client’s doing')
  }),
)

content(
  'content that its reader refuses has the status of the error',
  serving(async (start) => {
    const site = await start(async ({ body }) =>
      text(String(await readJson(body, { maxBytes: 10 }))),
    )
    assert.is((await site.ask(post('/', '{]'))).status, 400)
    assert.is((await site.ask(post('/', '"0123456789"'))).status, 413)
    assert.equal(site.told.map(codeOf), ['JSON_INVALID', 'BODY_TOO_LARGE'])
  }),
)

content(
  'content that is asked for after the answer is not that of the next request',
  serving(async (start) => {
    const bodies: HttpRequest['body'][] = []
    const { promise: second, resolve: begun } = deferred()
    const { promise: may, resolve: permit } = deferred()
    const site = await start(async ({ target, body }) => {
      if (target === '/1') {
        bodies.push(body)
        return text('unread')
      }
      begun()
      await may
      return text(await readText(body))
    })
    const client = await site.connect()
    client.send(post('/1', 'first') + post('/2', 'second'))
    assert.is((await readResponse(client)).content, 'unread')
    await second
    const late = rejects(async () => {
      for (const body of bodies) await within(2000, readText(body))
    }, 'REQUEST_OVER')
    await turn(2)
    permit()
    assert.is((await readResponse(client)).content, 'second')
    await late
  }),
)

content(
  'content that is waited for when the answer ends is told that the request is over',
  serving(async (start) => {
    const waits: Promise<unknown>[] = []
    const site = await start(({ body }) => {
      waits.push(rejects(async () => pullFrom(body).pull(), 'REQUEST_OVER'))
      return text('early')
    })
    const client = await site.connect()
    client.send(postHead(5))
    await readResponse(client)
    await site.round()
    assert.is(await stateOf(Promise.all(waits)), 'fulfilled')
  }),
)

content.run()

const unread = suite('server: content that nobody reads')

const refuse: Handler = () => {
  throw new HttpError('FORBIDDEN', 'Cannot take it')
}

for (const [name, sent] of [
  ['of a length', post('/', 'hello')],
  ['in the coding', `${chunkedHead()}5\r\nhello\r\n0\r\nx: y\r\n\r\n`],
] as const) {
  unread(
    `little of it, ${name}, is read out: the connection is kept`,
    serving(async (start) => {
      const site = await start(refuse)
      const client = await site.connect()
      client.send(sent + get('/next'))
      for (let i = 0; i < 2; i++) {
        const answer = await readResponse(client)
        assert.is(answer.status, 403)
        assert.not(answer.fields.has('connection'))
      }
    }),
  )

  unread(
    `little of it, ${name}, that comes after the answer`,
    serving(async (start) => {
      const site = await start(refuse)
      const client = await site.connect()
      const head = sent.slice(0, sent.indexOf('\r\n\r\n') + 4)
      client.send(head)
      await readResponse(client)
      client.send(sent.slice(head.length) + get('/next'))
      assert.is((await readResponse(client)).status, 403)
    }),
  )
}

unread(
  'content of maxUnreadBytes is read out, and the connection kept',
  serving(async (start) => {
    const site = await start(refuse, { maxUnreadBytes: 10 })
    const client = await site.connect()
    client.send(postHead(10))
    assert.not((await readResponse(client)).fields.has('connection'))
    client.send(`0123456789${get('/next')}`)
    assert.is((await readResponse(client)).status, 403)
  }),
)

unread(
  'content of one byte over maxUnreadBytes closes the connection, and the head says so',
  serving(async (start) => {
    const site = await start(refuse, { maxUnreadBytes: 10 })
    const client = await site.connect()
    client.send(postHead(11))
    assert.is((await readResponse(client)).fields.get('connection'), 'close')
    client.send(`0123456789x${get('/next')}`)
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
  }),
)

for (const [name, head, piece] of [
  ['of a length', postHead(20 * 2 ** 20), Buffer.alloc(65_536, 'x')],
  ['in the coding', chunkedHead(), Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`)],
] as const)
  unread(
    `20 MiB ${name} that are still being sent do not eat the answer`,
    serving(async (start) => {
      const site = await start(refuse)
      const client = await site.connect()
      client.send(head)
      for (let i = 0; i < 320; i++)
        assert.ok(await client.sendAll(piece), `broken after ${i} pieces`)
      const answer = await readResponse(client)
      assert.is(answer.status, 403)
      assert.match(answer.content, /Cannot take it/)
      client.halfClose()
      await client.takeRest()
      assert.is(client.ended, 'end')
    }),
  )

unread(
  'a handler that reads a part: the rest is read out',
  serving(async (start) => {
    const site = await start(async ({ body }) => {
      for await (const frame of body)
        if (isData(frame)) return text(Buffer.from(frame.bytes).toString())
      return text('nothing')
    })
    const client = await site.connect()
    client.send(`${postHead(8)}one,`)
    assert.is((await readResponse(client)).content, 'one,')
    client.send(`rest${post('/', 'two')}`)
    assert.is((await readResponse(client)).content, 'two')
  }),
)

unread(
  'malformed content closes the connection without another answer',
  serving(async (start) => {
    const site = await start(refuse)
    const client = await site.connect()
    client.send(chunkedHead())
    assert.is((await readResponse(client)).status, 403)
    client.send(`x\r\n${get('/next')}`)
    assert.is((await client.takeRest()).length, 0)
  }),
)

unread.run()

const continues = suite('server: Expect: 100-continue')

const expecting = (length: number) => postHead(length, 'expect: 100-continue')

continues(
  'it is told to go on when the handler first reads, and not before',
  serving(async (start) => {
    const { promise: may, resolve } = deferred()
    let entered = false
    const site = await start(async ({ body }) => {
      entered = true
      await may
      return text(await readText(body))
    })
    const client = await site.connect()
    client.send(expecting(5))
    await site.until(() => entered, 'the handler')
    await site.round()
    assert.is(client.text, '')
    resolve()
    assert.is((await readHead(client)).head, 'HTTP/1.1 100 Continue')
    client.send('hello')
    const answer = await readResponse(client)
    assert.is(answer.content, 'hello')
    assert.not(answer.fields.has('connection'))
  }),
)

continues(
  'a refusal before the first read is the only answer, and closes',
  serving(async (start) => {
    const site = await start(refuse)
    const client = await site.connect()
    client.send(expecting(5))
    const answer = await readResponse(client)
    assert.is(answer.status, 403)
    assert.is(answer.fields.get('connection'), 'close')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
  }),
)

continues(
  'a client that did not wait is not told to go on',
  serving(async (start) => {
    const site = await start(echo)
    const client = await site.connect()
    client.send(`${expecting(5)}hello${post('/', 'again')}`)
    const answer = await readResponse(client)
    assert.is(answer.status, 200)
    assert.is(answer.content, 'hello')
    assert.is((await readResponse(client)).content, 'again')
  }),
)

continues(
  'it is told once, however often is read',
  serving(async (start) => {
    const site = await start(echo)
    const client = await site.connect()
    client.send(expecting(2))
    assert.is((await readHead(client)).status, 100)
    client.send('h')
    await site.round()
    client.send('i')
    const answer = await readResponse(client)
    assert.is(answer.status, 200)
    assert.is(answer.content, 'hi')
  }),
)

continues(
  'a client of HTTP/1.0 is told nothing',
  serving(async (start) => {
    const site = await start(echo)
    const client = await site.connect()
    client.send('POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nh')
    await site.round()
    assert.is(client.text, '')
    client.send('i')
    assert.is((await readResponse(client)).content, 'hi')
  }),
)

continues.run()
