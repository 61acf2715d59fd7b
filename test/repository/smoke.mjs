// One request through everything, on any runtime: `deno run -A test/repository/smoke.mjs`, `bun test/repository/smoke.mjs` or
// `node test/repository/smoke.mjs`, after a build. Prints the runtime and ends with code 0, or fails.
import assert from 'node:assert/strict'
import { data, readText, toBody } from '@sluice/body'
import { encodeChunked } from '@sluice/chunked-input'
import { compress } from '@sluice/compress'
import { fromFetch } from '@sluice/fetch'
import { limitBytes, pipe } from '@sluice/filter'
import { flush } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { serve } from '@sluice/server'
import { events } from '@sluice/sse'
import { json, stack, stream, text } from '@sluice/stack'

async function* slowly() {
  yield data(new TextEncoder().encode('one '))
  yield flush
  yield { kind: 'pause', until: sleep(10) }
  yield data(new TextEncoder().encode('two'))
}

async function* ticks() {
  yield { data: '1' }
  yield { data: '2' }
}

/** A platform takes a lazy request whole, or refuses it: Bun would take only its URL. */
const copied = (request) => {
  try {
    return new Request(request, { headers: { 'x-a': 'one' } })
  } catch (error) {
    assert.ok(error instanceof TypeError)
    return new Request(request.url, request)
  }
}

const handlers = {
  '/text': () => text('hello '.repeat(1000)),
  '/echo': async ({ body }) => json({ content: await readText(body) }),
  '/slow': () => stream(pipe(slowly(), limitBytes({ maxBytes: 7 }))),
  '/events': () => events(ticks()),
  '/fetch': fromFetch(async (request) => new Response(await copied(request).text())),
}

const app = stack(compress())((request) => handlers[request.target](request))
const server = await serve(app, { port: 0, host: '127.0.0.1' })
const ask = async (target, options) => {
  const response = await fetch(`http://127.0.0.1:${server.port}${target}`, options)
  assert.equal(response.status, 200, target)
  return response.text()
}

try {
  assert.equal(await ask('/text'), 'hello '.repeat(1000))
  assert.equal(await ask('/echo', { method: 'POST', body: 'content' }), '{"content":"content"}')
  assert.equal(await ask('/slow'), 'one two')
  assert.equal(await ask('/fetch', { method: 'POST', body: 'content' }), 'content')
  assert.match(await ask('/events'), /data: ?1\n\ndata: ?2\n\n/)
  assert.equal(await readText(encodeChunked()(toBody('hi'))), '2\r\nhi\r\n0\r\n\r\n')
} finally {
  await server.close()
}
const { bun, deno, node } = process.versions
console.log(`ok on ${bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`}`)
