import * as assert from 'uvu/assert'
import type { Host } from '../hosts.ts'
import type { Site } from '../support/site.ts'
import type { Behaviour, Trial } from './behaviour.ts'

const speaksHttp2 = ({ protocol }: Host) => protocol === 'h2' || protocol === 'h2c'

/** A response without content: its body is not read, and closed. */
const sendsNone =
  (status: number, method = 'GET'): Trial =>
  async (site) => {
    // Behind the response comes the end of the connection, and no content.
    const headers = speaksHttp2(site.host) ? {} : { connection: 'close' }
    const { id, exchange } = site.start(`/status?status=${status}`, { method, headers })
    const head = await exchange.complete()
    assert.is(head.status, status)
    assert.is(exchange.text, '')
    assert.is(await exchange.untilClosed(), '')
    if (method === 'HEAD') assert.is(head.fields.get('content-length'), '8')
    const { pulled, errors } = await site.closedOnce(id)
    assert.is(pulled, 0)
    assert.equal(errors, [])
  }

/** An error before the first byte is answered with its status, and reported once. */
const answersError = async (site: Site, path: string) => {
  const { id, exchange } = site.start(path)
  assert.is((await exchange.complete()).status, 409)
  assert.is(exchange.text, `Cannot answer ?id=${id}\n`)
  assert.equal((await site.probe(id)).errors, ['CONFLICT'])
}

/** What was flushed arrives, what follows does not, and the end does not look complete. */
const cuts = async (site: Site, path: string, version: '1.0' | '1.1', text: string) => {
  const { id, exchange } = site.start(path, { version })
  await exchange.content(text)
  await site.resume(id)
  assert.is(await exchange.ending(), 'cut')
  assert.is(exchange.text, text)
  const { errors } = await site.closedOnce(id)
  assert.is(errors.length, 1, errors.join())
  return errors
}

/** Heads, lengths and errors of responses. */
export const responses: readonly Behaviour[] = [
  { name: 'HEAD: no content is read or sent, its length is', run: sendsNone(200, 'HEAD') },
  { name: '204 has no content', run: sendsNone(204) },
  {
    name: '205 has no content',
    run: sendsNone(205),
    losses: {
      'its length is left out, so a client may wait for the connection to end': async (site) => {
        const headers = { connection: 'close' }
        const { id, exchange } = site.start('/status?status=205', { headers })
        const { status, fields } = await exchange.complete()
        assert.is(status, 205)
        assert.not(fields.has('content-length'))
        assert.is(exchange.text, '')
        assert.is((await site.closedOnce(id)).pulled, 0)
      },
    },
  },
  { name: '304 has no content', run: sendsNone(304) },
  {
    name: '`Content-Length` is kept',
    async run(site) {
      for (const path of ['/length', '/length-of-stream']) {
        const { exchange } = site.start(path)
        const { fields } = await exchange.complete()
        assert.is(exchange.text, 'content.')
        assert.equal(fields.getAll('content-length'), ['8'])
        assert.not(fields.has('transfer-encoding'))
      }
    },
    losses: {
      'that of a stream is not: it comes chunked': async (site) => {
        assert.is((await site.start('/length').exchange.head()).fields.get('content-length'), '8')
        const { id, exchange } = site.start('/length-of-steps')
        await exchange.content('con')
        await site.resume(id)
        const { fields } = await exchange.complete()
        assert.is(exchange.text, 'content.')
        assert.not(fields.has('content-length'))
      },
    },
  },
  {
    name: 'content that is shorter or longer than its `Content-Length` is cut',
    async run(site) {
      assert.equal(await cuts(site, '/too-few', '1.1', 'abc'), ['LENGTH_MISMATCH'])
      assert.equal(await cuts(site, '/too-many', '1.1', 'abc'), ['LENGTH_MISMATCH'])
    },
  },
  {
    name: 'each `set-cookie` is a line',
    async run(site) {
      const { exchange } = site.start('/cookies')
      const { fields } = await exchange.complete()
      assert.equal(fields.getSetCookie(), ['a=1; Expires=Wed, 09 Jun 2032 10:18:14 GMT', 'b=2'])
    },
  },
  {
    name: '103 arrives before the response',
    async run(site) {
      const { id, exchange } = site.start('/early-hints')
      const { fields } = await exchange.informed(103)
      assert.is(fields.get('link'), '</style.css>; rel=preload')
      assert.is(exchange.arrived.head, undefined)
      await site.resume(id)
      await exchange.content('content.')
      await exchange.complete()
    },
    losses: {
      'no 103 comes': async (site) => {
        const { id, exchange } = site.start('/early-hints')
        await site.resume(id)
        await exchange.content('content.')
        await exchange.complete()
        assert.equal(exchange.arrived.informed, [])
      },
    },
  },
  {
    name: 'trailers of a response',
    async run(site) {
      const { exchange } = site.start('/trailers', { headers: { te: 'trailers' } })
      await exchange.complete()
      assert.is(exchange.text, 'content.')
      assert.is(exchange.arrived.trailers?.get('x-sum'), '8')
    },
    losses: {
      'the content comes without them': async (site) => {
        const { exchange } = site.start('/trailers', { headers: { te: 'trailers' } })
        await exchange.complete()
        assert.is(exchange.text, 'content.')
        assert.is(exchange.arrived.trailers?.get('x-sum'), undefined)
      },
    },
  },
  {
    name: 'an error of the handler is answered with its status',
    run: (site) => answersError(site, '/error/handler'),
  },
  {
    name: 'an error before the first byte is answered with its status',
    run: (site) => answersError(site, '/error/before'),
    losses: {
      'the head is sent, and the response cut': async (site) => {
        const { id, exchange } = site.start('/error/before')
        assert.is(await exchange.ending(), 'cut')
        assert.is(exchange.arrived.head?.status, 200)
        assert.equal((await site.probe(id)).errors, ['CONFLICT'])
      },
    },
  },
  {
    name: 'an error after a flush: what was flushed arrives, and the response is cut',
    async run(site) {
      await cuts(site, '/error/after', '1.1', 'first,')
      await cuts(site, '/error/at-once', '1.1', 'first,')
    },
  },
  {
    name: 'the same in HTTP/1.0, where a cut is a reset',
    without: speaksHttp2,
    async run(site) {
      await cuts(site, '/error/after', '1.0', 'first,')
    },
    losses: {
      'the connection is closed, so the response looks complete': async (site) => {
        const { id, exchange } = site.start('/error/after', { version: '1.0' })
        await exchange.content('first,')
        await site.resume(id)
        assert.is(await exchange.ending(), 'complete')
        assert.is(exchange.text, 'first,')
        assert.is((await site.closedOnce(id)).errors.length, 1)
      },
    },
  },
]
