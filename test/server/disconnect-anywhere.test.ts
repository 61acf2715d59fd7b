// Clients that break off at every byte: nothing is left of any, and nobody else sees it.
// @seconds 300
import { data, fields, readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readResponse } from '../support/server/read-response.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

/** A handler, and how the bodies that it gave have ended. */
interface Watching {
  readonly handler: Handler
  /** Bodies of which a frame was asked for, and for each how often its `finally` ran. */
  readonly begun: readonly { finallys: number }[]
  readonly running: () => number
}

/** Reads its request, then answers with a body that is made byte by byte, and never all at once. */
const watching = (frames: readonly Frame[]): Watching => {
  const begun: { finallys: number }[] = []
  let running = 0
  async function* body(length: number | undefined): AsyncGenerator<Frame> {
    const each = { finallys: 0 }
    begun.push(each)
    try {
      for (const frame of frames) {
        await turn()
        yield frame
      }
      if (length === undefined && frames === letters) yield { kind: 'flush' }
    } finally {
      each.finallys++
    }
  }
  const handler: Handler = async ({ target, body: content }) => {
    running++
    try {
      await readText(content)
    } finally {
      running--
    }
    const bytes = frames.filter((frame) => frame.kind === 'data').length
    const length = target === '/length' ? bytes : undefined
    const headers = length === undefined ? {} : { 'content-length': String(length) }
    return { ...stream([]), headers: fields(headers), body: body(length) }
  }
  return { handler, begun, running: () => running }
}

const letters: readonly Frame[] = [...'abcdefgh'].map((letter) => data(Buffer.from(letter)))
const withTrailers: readonly Frame[] = [
  ...letters,
  { kind: 'trailers', fields: fields({ 'x-sum': '9' }) },
]

const leaves = [
  ['reset', (client: RawClient) => client.reset()],
  ['an end of both halves', (client: RawClient) => client.destroy()],
] as const

const requests: readonly (readonly [name: string, sent: string])[] = [
  ['without content', get('/length')],
  ['with a length', 'POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello'],
  [
    'chunked, with trailers',
    'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;a="b"\r\nhi\r\n0\r\nx-sum: 9\r\n\r\n',
  ],
  ['of HTTP/1.0', 'POST / HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello'],
  [
    'that expects 100',
    'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi',
  ],
  ['behind another', get('/length') + get('/')],
]

const broken = suite('faults: a client that breaks off')

for (const [kind, sent] of requests)
  for (const [how, leave] of leaves)
    broken(
      `at each byte of a request ${kind}, by ${how}`,
      serving(async (start) => {
        const { handler, begun, running } = watching(withTrailers)
        const site = await start(handler)
        const clients = await Promise.all(Array.from(sent, () => site.connect()))
        // Each byte of its own, so that the cut is where it is said to be.
        for (let at = 0; at < sent.length; at++) {
          for (const client of clients.slice(at)) client.send(sent[at] ?? '')
          await turn()
          const client = clients[at]
          if (client !== undefined) leave(client)
        }
        await site.until(() => site.server.connections === 0, 'all connections to be gone')
        await site.until(() => running() === 0, 'all handlers to be told')
        assert.equal(
          begun.filter(({ finallys }) => finallys !== 1),
          [],
        )
        assert.equal(site.told, [])
        assert.is((await site.ask(get('/length'))).content, 'abcdefgh')
      }),
    )

const responses: readonly (readonly [name: string, sent: string, frames: readonly Frame[]])[] = [
  ['with a length', get('/length'), letters],
  ['chunked, with trailers', get('/'), withTrailers],
  ['that ends with the connection', 'GET / HTTP/1.0\r\n\r\n', letters],
]

for (const [kind, sent, frames] of responses)
  for (const [how, leave] of leaves)
    broken(
      `at each byte of a response ${kind}, by ${how}`,
      serving(async (start) => {
        const { handler, begun } = watching(frames)
        const site = await start(handler)
        const whole = await site.connect()
        whole.send(sent)
        await readResponse(whole)
        whole.destroy()
        await Promise.all(
          Array.from({ length: whole.receivedBytes + 1 }, async (_, at) => {
            const client = await site.connect()
            client.send(sent)
            await client.take(at)
            leave(client)
          }),
        )
        await site.until(() => site.server.connections === 0, 'all connections to be gone')
        assert.equal(
          begun.filter(({ finallys }) => finallys !== 1),
          [],
        )
        assert.equal(site.told, [])
      }),
    )

broken(
  'with requests behind one that runs, each at another byte: none of them is begun',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start(async ({ target, client }) => {
      targets.push(target)
      await new Promise((resolve) => client.signal.addEventListener('abort', resolve))
      return text('nobody reads it')
    })
    const behind = get('/behind') + requests.map(([, each]) => each).join('')
    for (let at = 0; at < behind.length; at += 7) {
      const client = await site.connect()
      client.send(get('/first') + behind.slice(0, at))
      await site.until(() => targets.length === at / 7 + 1, 'the first to be begun')
      client.reset()
    }
    await site.until(() => site.server.connections === 0, 'all connections to be gone')
    assert.equal([...new Set(targets)], ['/first'])
  }),
)

broken(
  'half, behind a request that runs: what came before that is answered all the same',
  serving(async (start) => {
    let goOn = () => {}
    const site = await start(async ({ target, body }) => {
      if (target === '/first') await new Promise<void>((resolve) => (goOn = resolve))
      return text(target + (await readText(body)))
    })
    const client = await site.connect()
    client.send(get('/first') + post('/second', 'hello') + get('/third'))
    client.halfClose()
    await site.round()
    goOn()
    for (const wanted of ['/first', '/secondhello', '/third'])
      assert.is((await readResponse(client)).content, wanted)
    await client.takeRest()
    assert.is(client.ended, 'end')
  }),
)

broken(
  'half, in the content of a request behind one that runs: its handler is told',
  serving(async (start) => {
    const codes: unknown[] = []
    let goOn = () => {}
    const site = await start(async ({ target, body }) => {
      if (target === '/first') await new Promise<void>((resolve) => (goOn = resolve))
      try {
        return text(await readText(body))
      } catch (error) {
        codes.push(error instanceof Error && 'code' in error && error.code)
        throw error
      }
    })
    const client = await site.connect()
    client.send(get('/first') + post('/second', 'hello').slice(0, -3))
    client.halfClose()
    await site.round()
    goOn()
    assert.is((await readResponse(client)).status, 200)
    assert.is((await readResponse(client)).status, 400)
    assert.equal(codes, ['BODY_ENDED_EARLY'])
  }),
)

broken.run()
