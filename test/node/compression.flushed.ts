// What reaches the client while the response is being made: by a flush, by a delay, or at once.
import * as assert from 'uvu/assert'
import { behind, decoded } from '../support/node/compression-row.ts'
import { gets, readUntil } from '../support/node/compression-scene.ts'
import { readContent, readHead } from '../support/server/read-response.ts'
import { deferred } from '../support/within.ts'
import type { FlushableResponse } from '../support/node/compression-row.ts'
import type { Scene } from '../support/node/compression-scene.ts'

/** Writes and flushes part after part: the next only when the client has read the last. */
const flushes = (
  accepts: string,
  coding: string,
  parts: readonly string[],
  fields: Readonly<Record<string, string>> = {},
): Scene => ({
  name: `${coding}: each of ${parts.length} flushed parts of ${parts[0]?.length} bytes is read before the next is written`,
  async run(start, make) {
    let response: FlushableResponse | undefined
    const listener = behind(make(), (_, res) => {
      response = res
      res.writeHead(200, { 'Content-Type': 'text/plain', ...fields })
      res.write(parts[0])
      res.flush()
    })
    const { connect } = await start(listener)
    const client = await connect()
    client.send(gets(accepts))
    const head = await readHead(client)
    assert.is(head.fields.get('content-encoding'), coding)
    const chunks: string[] = []
    for (let i = 0; i < parts.length; i++) {
      await readUntil(client, chunks, coding, parts.slice(0, i + 1).join(''))
      const next = parts[i + 1]
      if (next === undefined) response?.end()
      else {
        response?.write(next)
        response?.flush()
      }
    }
    await readContent(client, head)
  },
})

export const flushedScenes: readonly Scene[] = [
  flushes('gzip', 'gzip', ['a', 'b', 'c']),
  flushes('deflate', 'deflate', ['a', 'b', 'c']),
  flushes('br', 'br', ['a', 'b', 'c']),
  flushes('gzip', 'gzip', ['x'.repeat(1024), 'y'.repeat(1024)], { 'Content-Length': '2048' }),
  flushes('gzip', 'gzip', ['x'.repeat(100_000), 'y'.repeat(100_000)]),
  {
    name: 'parts of server-sent events arrive by res.flush()',
    async run(start, make) {
      const asked = deferred<FlushableResponse>()
      const { connect } = await start(
        behind(make(), (_, res) => {
          res.setHeader('Content-Type', 'text/event-stream')
          res.write('data: 1\n\n')
          res.flush()
          asked.resolve(res)
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      const head = await readHead(client)
      const chunks: string[] = []
      await readUntil(client, chunks, 'gzip', 'data: 1\n\n')
      const res = await asked.promise
      res.write('data: 2\n\n')
      res.flush()
      await readUntil(client, chunks, 'gzip', 'data: 1\n\ndata: 2\n\n')
      res.end()
      await readContent(client, head)
    },
  },
  {
    name: 'what is not flushed arrives too, after maxDelayMs',
    theirsFails: 'it waits for the end, or for 16 KiB of compressed bytes',
    async run(start, make) {
      let response: FlushableResponse | undefined
      const { connect } = await start(
        behind(make(), (_, res) => {
          response = res
          res.setHeader('Content-Type', 'text/plain')
          res.write('good day')
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      const head = await readHead(client)
      await readUntil(client, [], 'gzip', 'good day')
      response?.end()
      await readContent(client, head)
    },
  },
  {
    name: 'flushHeaders() sends the head before any content, and it names the coding',
    async run(start, make) {
      let response: FlushableResponse | undefined
      const { connect } = await start(
        behind(make(), (_, res) => {
          response = res
          res.setHeader('Content-Type', 'text/plain')
          res.flushHeaders()
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      const head = await readHead(client)
      assert.is(head.fields.get('content-encoding'), 'gzip')
      assert.is(response?.headersSent, true)
      response?.end('good day')
      assert.is(decoded(await readContent(client, head)), 'good day')
    },
  },
  {
    name: 'flushHeaders() sends the head of plain content too',
    async run(start, make) {
      let response: FlushableResponse | undefined
      const { connect } = await start(
        behind(make(), (_, res) => {
          response = res
          res.setHeader('Content-Type', 'image/png')
          res.flushHeaders()
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      const head = await readHead(client)
      assert.not(head.fields.has('content-encoding'))
      response?.write('one')
      assert.match(await client.takeTo('one'), 'one')
      response?.end()
    },
  },
  {
    name: 'plain content is sent as it is written, without a flush',
    async run(start, make) {
      let response: FlushableResponse | undefined
      const { connect } = await start(
        behind(make(), (_, res) => {
          response = res
          res.setHeader('Content-Type', 'image/png')
          res.write('one')
        }),
      )
      const client = await connect()
      client.send(gets('gzip'))
      assert.match(await client.takeTo('one'), /^HTTP\/1.1 200 /)
      response?.write('two')
      await client.takeTo('two')
      response?.end()
    },
  },
]
