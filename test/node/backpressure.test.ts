// @slow 6
// A reader that stalls slows the source, and endless bodies share the event loop.
import { createServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { data, fields } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { toListener } from '@sluice/node'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'

/** What the kernel holds on both sides of a local connection, at most: 6 MiB to receive, 4 MiB to send are Linux' most. */
const kernelBytes = 10 * 2 ** 20
const beyond = 2 ** 20
const frameBytes = 10_000

/** An endless body, as the pull protocol, which answers at once, or as an async generator. */
const endless = (later: boolean) => {
  const seen = { pulled: 0, closed: 0 }
  const next = () => {
    seen.pulled += frameBytes
    return data(new Uint8Array(frameBytes).fill(97))
  }
  async function* generator(): AsyncGenerator<Frame> {
    try {
      for (;;) yield next()
    } finally {
      seen.closed++
    }
  }
  const pulled = fromPull<Frame>(() => ({ pull: next, close: () => void seen.closed++ }))
  return { seen, body: later ? generator() : pulled }
}

/** The count when it has not changed for some turns. */
const standstill = async (count: () => number): Promise<number> => {
  let last = count()
  for (let quiet = 0; quiet < 200; quiet++) {
    await turn()
    if (count() === last) continue
    last = count()
    quiet = 0
  }
  return last
}

const slow = suite('toListener: a client that reads slowly')

for (const later of [false, true]) {
  const kind = later ? 'an async generator' : 'a body whose frames are there at once'
  slow(
    `HTTP/1.1: ${kind} is asked for no more than fits, and goes on when the client reads`,
    hosting(async (start) => {
      const { seen, body } = endless(later)
      const host = await start(() => ({ status: 200, headers: fields(), body }))
      const client = await host.connect()
      client.pause()
      client.send(get())
      const stalled = await standstill(() => seen.pulled)
      assert.ok(stalled > 0 && stalled <= kernelBytes + beyond, `pulled ${stalled}`)
      client.resume()
      await readHead(client)
      let got = 0
      while (got < stalled + 4 * beyond) got += (await readChunk(client))?.length ?? 0
      assert.ok(seen.pulled - got <= kernelBytes + beyond)
      client.reset()
      await standstill(() => seen.pulled)
      assert.is(seen.closed, 1)
      assert.equal(host.told, [])
    }),
  )

  slow(
    `HTTP/2: ${kind} is asked for no more than the window and the buffers hold`,
    hosting(async (start) => {
      const { seen, body } = endless(later)
      const host = await start(
        () => ({ status: 200, headers: fields(), body }),
        (handler, options) => createHttp2(toListener(handler, options)),
      )
      const session = connectHttp2(`http://127.0.0.1:${host.port}`)
      const request = session.request()
      request.on('error', () => {})
      const stalled = await standstill(() => seen.pulled)
      assert.ok(stalled > 0 && stalled <= beyond, `pulled ${stalled}`)
      let got = 0
      await new Promise<void>((resolve) =>
        request.on('data', (bytes: Buffer) => {
          got += bytes.length
          if (got > 4 * beyond) resolve()
        }),
      )
      request.close(8)
      await standstill(() => seen.pulled)
      session.close()
      assert.is(seen.closed, 1)
      assert.equal(host.told, [])
    }),
  )
}

slow.run()

const fair = suite('toListener: fairness')

fair(
  'an endless body that never waits lets another connection be served',
  hosting(async (start) => {
    const { body } = endless(false)
    const host = await start(
      ({ target }) => (target === '/' ? { status: 200, headers: fields(), body } : text('served')),
      (handler, options) => createServer(toListener(handler, options)),
    )
    const reader = await host.connect()
    reader.send(get())
    await readHead(reader)
    assert.is((await host.ask(get('/other'))).content, 'served')
    reader.reset()
  }),
)

fair(
  'an endless body of pauses whose promise is settled lets another connection be served',
  hosting(async (start) => {
    let pauses = 0
    const host = await start(({ target }) =>
      target === '/'
        ? stream(
            (async function* () {
              yield 'one'
              for (; ; pauses++) {
                if (pauses > 1_000_000) throw new Error('no other code has run')
                yield { kind: 'pause', until: Promise.resolve() } as const
              }
            })(),
          )
        : text('served'),
    )
    const reader = await host.connect()
    reader.send(get())
    await readHead(reader)
    assert.is((await host.ask(get('/other'))).content, 'served')
    reader.reset()
    assert.equal(host.told, [])
  }),
)

fair.run()
