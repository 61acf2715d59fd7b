// How a response ends: clients that leave, apps that destroy it, and connections that go on.
import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { behind, decoded } from '../support/node/compression-row.ts'
import { gets, readUntil, standstill } from '../support/node/compression-scene.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { deferred, turn } from '../support/within.ts'
import type { FlushableResponse } from '../support/node/compression-row.ts'
import type { Scene } from '../support/node/compression-scene.ts'

const chunk = randomBytes(65_536)

/** A client that leaves in the middle of a response, in one way or another. */
const leaves = (coding: string, type: string): Scene => ({
  name: `${coding}: a client that leaves is heard of by close and not by finish, and writing on is harmless`,
  async run(start, make) {
    const events: string[] = []
    const closed = deferred<FlushableResponse>()
    const { connect } = await start(
      behind(make(), (_, res) => {
        res.setHeader('Content-Type', type)
        res.on('finish', () => events.push('finish'))
        res.on('close', () => {
          events.push('close')
          closed.resolve(res)
        })
        res.write('good day')
        res.flush()
      }),
    )
    const client = await connect()
    client.send(gets(coding))
    await readHead(client)
    client.reset()
    const res = await closed.promise
    assert.is(res.destroyed, true)
    assert.is(res.writableFinished, false)
    for (let i = 0; i < 3; i++) {
      res.write('more')
      res.flush()
      await turn()
    }
    res.end('the end')
    await turn(20)
    assert.equal(events, ['close'])
  },
})

const destroys = (
  name: string,
  destroy: (res: FlushableResponse) => void,
  events: readonly string[],
): Scene => ({
  name,
  async run(start, make) {
    const seen: string[] = []
    let response: FlushableResponse | undefined
    const { connect } = await start(
      behind(make(), (_, res) => {
        response = res
        res.setHeader('Content-Type', 'text/plain')
        for (const event of ['finish', 'close', 'error'])
          res.on(event, (error) =>
            seen.push(error instanceof Error ? `error ${error.message}` : event),
          )
        res.write('good day')
        res.flush()
      }),
    )
    const client = await connect()
    client.send(gets('gzip'))
    await readHead(client)
    await readUntil(client, [], 'gzip', 'good day')
    if (response !== undefined) destroy(response)
    const rest = await client.takeRest()
    assert.not.match(rest.toString('latin1'), /0\r\n\r\n$/)
    await standstill(() => seen.length)
    assert.equal(seen, events)
  },
})

/** An app that writes as long as it may, until so many writes were in vain. */
const poursInVain = (coding: string): Scene => ({
  name: `${coding}: write() returns false when a client that did not read has left, and no drain comes`,
  async run(start, make) {
    let inVain = 0
    const closed = deferred()
    const { connect } = await start(
      behind(make(), (_, res) => {
        res.setHeader('Content-Type', 'text/plain')
        const pour = () => {
          while (inVain < 100 && res.write(chunk)) if (res.destroyed) inVain++
          if (inVain < 100) res.once('drain', pour)
        }
        res.on('close', () => closed.resolve())
        pour()
      }),
    )
    const client = await connect()
    client.pause()
    client.send(gets(coding))
    await turn(50)
    client.reset()
    await closed.promise
    await turn(20)
    assert.is(inVain, 0)
  },
})

export const endedScenes: readonly Scene[] = [
  poursInVain('gzip'),
  poursInVain('br'),
  poursInVain('identity'),
  leaves('gzip', 'text/plain'),
  leaves('br', 'text/plain'),
  leaves('identity', 'text/plain'),
  destroys(
    'destroy() after a flush: what was flushed has arrived, and the end does not look complete',
    (res) => res.destroy(),
    ['close'],
  ),
  destroys(
    'destroy() with an error is told by close alone, as in node:http',
    (res) => res.destroy(new Error('of the app')),
    ['close'],
  ),
  {
    name: 'writing after close is harmless',
    async run(start, make) {
      const done = deferred()
      const { connect } = await start(
        behind(make(), (_, res) => {
          res.setHeader('Content-Type', 'text/plain')
          res.once('close', () => {
            res.write('good ')
            res.flush()
            res.end('day')
            done.resolve()
          })
          res.destroy()
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      await done.promise
      assert.is((await client.takeRest()).length, 0)
      await turn(10)
    },
  },
  {
    name: 'requests of one connection are answered one after the other, pipelined too',
    async run(start, make) {
      const { connect } = await start(
        behind(make(), (req, res) => {
          res.setHeader('Content-Type', 'text/plain')
          setImmediate(() => res.end(`page ${req.url}`))
        }),
      )
      const client = await connect()
      client.send(gets('gzip').replace('/ ', '/1 ') + gets('br').replace('/ ', '/2 '))
      client.send(gets('deflate').replace('/ ', '/3 '))
      for (const page of ['page /1', 'page /2', 'page /3'])
        assert.is(decoded(await readResponse(client)), page)
    },
  },
  {
    name: 'HTTP/1.0 gets compressed content that ends with the connection',
    async run(start, make) {
      const { connect } = await start(
        behind(make(), (_, res) => {
          res.setHeader('Content-Type', 'text/plain')
          res.write('good ')
          setImmediate(() => res.end('day'))
        }),
      )
      const client = await connect()
      client.send(gets('gzip').replace('HTTP/1.1', 'HTTP/1.0'))
      const [head = '', content = ''] = (await client.takeRest())
        .toString('latin1')
        .split('\r\n\r\n', 2)
      assert.match(head, /content-encoding: gzip/i)
      assert.not.match(head, /transfer-encoding|content-length/i)
      assert.is(gunzipSync(Buffer.from(content, 'latin1')).toString(), 'good day')
      assert.is(client.ended, 'end')
    },
  },
  {
    name: 'an interim response goes before the head',
    async run(start, make) {
      const { connect } = await start(
        behind(make(), (_, res) => {
          res.writeEarlyHints({ link: '</a.css>; rel=preload' })
          res.setHeader('Content-Type', 'text/plain')
          res.end('good day')
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      assert.match(await client.takeTo('\r\n\r\n'), /^HTTP\/1.1 103 .*\r\n.*a\.css/is)
      assert.is(decoded(await readResponse(client)), 'good day')
    },
  },
]
