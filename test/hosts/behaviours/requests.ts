import * as assert from 'uvu/assert'
import { mountedAt } from '../app.ts'
import { kernelBytes } from '../support/kernel-bytes.ts'
import type { Host } from '../hosts.ts'
import type { Site } from '../support/site.ts'
import type { Behaviour } from './behaviour.ts'

const speaksHttp2 = ({ protocol }: Host) => protocol === 'h2' || protocol === 'h2c'

/** Sent in pieces: 32 MiB, more than a kernel buffers. */
const piece = 'x'.repeat(65_536)
const pieces = 512
const maxAhead = 1 << 20

const post = { method: 'POST', content: true } as const

/** Asks what the app sees of a request for a target. */
const echoOf = async (site: Site, path: string, version: '1.0' | '1.1' = '1.1') => {
  const { id, exchange } = site.start(path, { version })
  assert.is((await exchange.complete()).status, 200, exchange.text)
  return { id, ...JSON.parse(exchange.text) }
}

const refusesUpgrade = async (site: Site, status: number, code: string) => {
  const headers = { connection: 'upgrade', upgrade: 'echo' }
  const { id, exchange } = site.startHttp1('/upgrade', { headers })
  assert.is((await exchange.complete()).status, status)
  assert.equal((await site.probe(id)).errors, [code])
}

/** What the handler sees of a request. */
export const requests: readonly Behaviour[] = [
  {
    name: 'content is read while it is sent, and answered meanwhile',
    async run(site) {
      const { exchange } = site.start('/echo-content', post)
      exchange.send('first,')
      await exchange.content('first,')
      exchange.send('rest.')
      await exchange.content('first,rest.')
      exchange.finish()
      await exchange.complete()
    },
  },
  {
    name: 'content that is not read does not hold up the response',
    async run(site) {
      const { exchange } = site.start('/unread', post)
      exchange.send('x'.repeat(100_000))
      await exchange.content('unread.')
      exchange.finish()
      assert.is((await exchange.complete()).status, 200)
    },
  },
  {
    name: 'a handler that does not read stops the client',
    async run(site) {
      const { id, exchange } = site.start('/read-late', post)
      exchange.sendMuch(piece, pieces)
      const sent = await site.standstill(id, ({ started }) => started + exchange.sentBytes)
      const { localPort = 0 } = exchange
      const below = kernelBytes(localPort, site.port) + (site.host.buffers ?? 0)
      assert.ok(sent - below <= maxAhead, `${sent} bytes sent, ${below} of them not in the host`)
      await site.resume(id)
      await exchange.content(`read ${piece.length * pieces}`)
      await exchange.complete()
    },
  },
  {
    name: 'trailers of a request',
    async run(site) {
      const { exchange } = site.start('/echo-trailers', { ...post, headers: { trailer: 'x-sum' } })
      exchange.send('content.')
      exchange.finish({ 'x-sum': '8' })
      await exchange.complete()
      assert.equal(JSON.parse(exchange.text), { bytes: 8, trailers: [['x-sum', '8']] })
    },
    losses: {
      'the content is read without them': async (site) => {
        const { exchange } = site.start('/echo-trailers', {
          ...post,
          headers: { trailer: 'x-sum' },
        })
        exchange.send('content.')
        exchange.finish({ 'x-sum': '8' })
        await exchange.complete()
        assert.equal(JSON.parse(exchange.text), { bytes: 8, trailers: [] })
      },
      // Its answer may overtake that of the handler.
      'they are read as a next request, and answered with 400': async (site) => {
        const { exchange } = site.startHttp1('/echo-trailers', {
          ...post,
          headers: { trailer: 'x-sum' },
        })
        exchange.send('content.')
        exchange.finish({ 'x-sum': '8' })
        const { status } = await exchange.complete()
        if (status === 400) return
        assert.equal(JSON.parse(exchange.text), { bytes: 8, trailers: [] })
        await exchange.contentAfter('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
      },
    },
  },
  {
    name: '`100 Continue` is sent when the handler first reads',
    async run(site) {
      const headers = { expect: '100-continue', 'content-length': '8' }
      const { id, exchange } = site.start('/continue', { ...post, headers })
      await site.probeUntil(id, ({ started }) => started === 1, 'the request')
      assert.equal(exchange.arrived.informed, [])
      await site.resume(id)
      await exchange.informed(100)
      exchange.send('content.')
      exchange.finish()
      await exchange.content('read content.')
      await exchange.complete()

      const refused = site.start('/refuse', { ...post, headers }).exchange
      assert.is((await refused.head()).status, 413)
      assert.equal(refused.arrived.informed, [])
    },
    losses: {
      'it is sent before the handler is called': async (site) => {
        const headers = { expect: '100-continue', 'content-length': '8' }
        const { id, exchange } = site.start('/continue', { ...post, headers })
        await exchange.informed(100)
        exchange.send('content.')
        exchange.finish()
        await site.resume(id)
        await exchange.content('read content.')
        await exchange.complete()
      },
    },
  },
  {
    name: 'a path that begins with `//` is a path',
    async run(site) {
      const path = '//evil.example/echo'
      const { id, target, host, pathname } = await echoOf(site, path)
      assert.is(target, `${path}?id=${id}`)
      assert.is(pathname, path)
      assert.is(host, 'a.example')
    },
  },
  {
    name: 'a mounted handler sees the whole target',
    async run(site) {
      const { id, target } = await echoOf(site, `${mountedAt}/echo`)
      assert.is(target, `${mountedAt}/echo?id=${id}`)
    },
  },
  {
    name: '`request.version` is that of the client',
    async run(site) {
      const { version } = await echoOf(site, '/echo')
      if (speaksHttp2(site.host)) assert.is(version, '2')
      else {
        assert.is(version, '1.1')
        assert.is((await echoOf(site, '/echo', '1.0')).version, '1.0')
      }
    },
    losses: {
      'it is always `1.1`': async (site) => {
        assert.is((await echoOf(site, '/echo')).version, '1.1')
        if (!speaksHttp2(site.host)) assert.is((await echoOf(site, '/echo', '1.0')).version, '1.1')
      },
    },
  },
  {
    name: 'the address and port of the client',
    async run(site) {
      const { exchange } = site.start('/echo')
      await exchange.head()
      const { localPort } = exchange
      await exchange.complete()
      const { address, port } = JSON.parse(exchange.text)
      assert.equal({ address, port }, { address: '127.0.0.1', port: localPort })
    },
    losses: {
      'the address is empty': async (site) => {
        const { address, port } = await echoOf(site, '/echo')
        assert.equal({ address, port }, { address: '', port: 0 })
      },
    },
  },
  {
    name: 'an Upgrade is taken over',
    without: speaksHttp2,
    async run(site) {
      const headers = { connection: 'upgrade', upgrade: 'echo' }
      const { exchange } = site.startHttp1('/upgrade', { headers })
      const { status, fields } = await exchange.head()
      assert.is(status, 101)
      assert.is(fields.get('upgrade'), 'echo')
      exchange.sendRaw('first,')
      await exchange.contentAfter('first,')
      exchange.sendRaw('rest.')
      await exchange.contentAfter('first,rest.')
    },
    losses: {
      'it is answered with 500, and the error is reported': (site) =>
        refusesUpgrade(site, 500, 'RESPONSE_INVALID'),
      'it is answered with 501, and the error is reported': (site) =>
        refusesUpgrade(site, 501, 'NOT_IMPLEMENTED'),
    },
  },
]
