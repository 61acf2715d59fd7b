// Layers of other libraries around the middleware, and behind it.
import * as assert from 'uvu/assert'
import { behind, decoded } from '../support/node/compression-row.ts'
import { gets } from '../support/node/compression-scene.ts'
import type { FlushableResponse } from '../support/node/compression-row.ts'
import type { MakeMiddleware, Scene } from '../support/node/compression-scene.ts'
import type { StartNode } from '../support/node/in-node.ts'

/** Layers of other libraries patch the response as well: before ours, or behind it. */
const addsField = (res: FlushableResponse, name: string, value: string): void => {
  const { writeHead } = res
  let isDone = false
  Reflect.set(res, 'writeHead', (...given: unknown[]) => {
    if (!isDone) res.setHeader(name, value)
    isDone = true
    return Reflect.apply(writeHead, res, given)
  })
}

const notesBytes = (res: FlushableResponse, counts: number[]): void => {
  const { write, end } = res
  Reflect.set(res, 'write', (...given: unknown[]) => {
    counts.push(lengthOf(given[0]))
    return Reflect.apply(write, res, given)
  })
  Reflect.set(res, 'end', (...given: unknown[]) => {
    counts.push(lengthOf(given[0]))
    return Reflect.apply(end, res, given)
  })
}

const lengthOf = (chunk: unknown): number =>
  typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0

const sum = (counts: readonly number[]): number => counts.reduce((total, each) => total + each, 0)

const text = 'all of a page. '.repeat(300)

/** An app whose response is patched outside of the middleware and behind it. */
const patched =
  (
    make: MakeMiddleware,
    patch: (res: FlushableResponse, where: 'outside' | 'behind') => void,
    app: (res: FlushableResponse) => void,
  ): Parameters<StartNode>[0] =>
  (req, res) => {
    if (isPatchable(res)) patch(res, 'outside')
    return behind(make(), (_, inner) => {
      patch(inner, 'behind')
      app(inner)
    })(req, res)
  }

const isPatchable = (res: object): res is FlushableResponse => 'write' in res

export const layeredScenes: readonly Scene[] = [
  {
    name: 'layers that add fields to the head add them, outside and behind, with an implicit head and an explicit one',
    async run(start, make) {
      for (const how of ['implicit', 'explicit'] as const) {
        const { ask } = await start(
          patched(
            make,
            (res, where) => addsField(res, `x-${where}`, 'yes'),
            (res) => {
              res.setHeader('Content-Type', 'text/plain')
              if (how === 'explicit') res.writeHead(201)
              res.end(text)
            },
          ),
        )
        const response = await ask(gets('gzip', 'Connection: close'))
        assert.is(response.status, how === 'explicit' ? 201 : 200)
        assert.is(response.fields.get('x-outside'), 'yes', response.head)
        assert.is(response.fields.get('x-behind'), 'yes', response.head)
        assert.is(decoded(response), text)
      }
    },
  },
  {
    name: 'a layer outside sees what is sent, and one behind sees what the app writes',
    async run(start, make) {
      const counts: { outside: number[]; behind: number[] } = { outside: [], behind: [] }
      const { ask } = await start(
        patched(
          make,
          (res, where) => notesBytes(res, counts[where]),
          (res) => {
            res.setHeader('Content-Type', 'text/plain')
            res.write(text)
            res.end(text)
          },
        ),
      )
      const response = await ask(gets('gzip', 'Connection: close'))
      assert.is(decoded(response), text + text)
      assert.is(sum(counts.behind), text.length * 2)
      assert.is(sum(counts.outside), response.content.length)
    },
  },
  {
    name: 'two of them, one behind the other, compress once',
    async run(start, make) {
      const { ask } = await start(
        behind(make(), (req, res) =>
          behind(make(), (_, inner) => {
            inner.setHeader('Content-Type', 'text/plain')
            inner.write(text)
            inner.flush()
            setImmediate(() => inner.end(text))
          })(req, res),
        ),
      )
      const response = await ask(gets('gzip', 'Connection: close'))
      assert.is(decoded(response), text + text)
    },
  },
  {
    name: 'a layer in front may take the Accept-Encoding out of req.headers',
    async run(start, make) {
      const middleware = behind(make(), (_, res) => {
        res.setHeader('Content-Type', 'text/plain')
        res.end(text)
      })
      const { ask } = await start((req, res) => {
        req.headers['accept-encoding'] = undefined
        Reflect.deleteProperty(req.headers, 'accept-encoding')
        return middleware(req, res)
      })
      const response = await ask(gets('gzip', 'Connection: close'))
      assert.not(response.fields.has('content-encoding'))
      assert.is(response.content, text)
    },
  },
  {
    name: 'a layer in front may give a client an Accept-Encoding that it did not send',
    async run(start, make) {
      const middleware = behind(make(), (_, res) => {
        res.setHeader('Content-Type', 'text/plain')
        res.end(text)
      })
      const { ask } = await start((req, res) => {
        req.headers['accept-encoding'] ??= 'gzip'
        return middleware(req, res)
      })
      const response = await ask('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      assert.is(response.fields.get('content-encoding'), 'gzip')
      assert.is(decoded(response), text)
    },
  },
  {
    name: 'the response stays the object that the server made',
    async run(start, make) {
      const same: boolean[] = []
      const { ask } = await start((req, res) =>
        behind(make(), (innerReq, inner) => {
          same.push(innerReq === req, Object.is(inner, res), inner.req === req)
          same.push(inner.socket === req.socket)
          inner.end()
        })(req, res),
      )
      await ask(gets('gzip', 'Connection: close'))
      assert.equal(same, [true, true, true, true])
    },
  },
]
