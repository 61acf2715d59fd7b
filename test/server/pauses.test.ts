// Bodies that pause until the same promise, and what a connection keeps while its body pauses.
import { serve } from '@sluice/server'
import { stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectTo } from '../support/server/raw-client.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

async function* pausing(until: PromiseLike<unknown>, name = ''): AsyncGenerator<Frame | string> {
  yield `before ${name}`
  yield { kind: 'pause', until }
  yield `after ${name}`
}

/** Asks, and reads as far as the pause. */
const askPausing = async (client: RawClient, name = ''): Promise<void> => {
  client.send(get(`/${name}`))
  await readHead(client)
  assert.is(await readChunk(client), `before ${name}`)
}

const together = suite('server: bodies that pause until one promise')

together(
  'it is waited for once, and they go on in the order in which they came',
  serving(async (start) => {
    const { promise, resolve } = deferred()
    let waits = 0
    const until: PromiseLike<void> = {
      // biome-ignore lint/suspicious/noThenProperty: a promise that counts who waits for it.
      then(fulfilled, rejected) {
        waits++
        return promise.then(fulfilled, rejected)
      },
    }
    const order: string[] = []
    async function* body(name: string): AsyncGenerator<Frame | string> {
      yield* pausing(until, name)
      order.push(name)
    }
    const site = await start(({ target }) => stream(body(target.slice(1))))
    const clients: RawClient[] = []
    for (const name of ['0', '1', '2', '3']) {
      const client = await site.connect()
      await askPausing(client, name)
      clients.push(client)
    }
    assert.is(waits, 1)
    clients[1]?.reset()
    await site.until(() => site.server.connections === 3, 'the close')
    resolve()
    for (const [at, client] of clients.entries())
      if (at !== 1) assert.is(await readChunk(client), `after ${at}`)
    // A chunk may be here before its body has ended.
    await site.until(() => order.length === 3, 'the ends')
    assert.equal(order, ['0', '2', '3'])
  }),
)

together(
  'where it rejects all of them fail, each by itself',
  serving(async (start) => {
    const { promise, reject } = deferred()
    const site = await start(() => stream(pausing(promise)))
    const clients = [await site.connect(), await site.connect()]
    for (const client of clients) await askPausing(client)
    const broken = new Error('broken')
    reject(broken)
    for (const client of clients) assert.is((await client.takeRest()).length, 0)
    assert.equal(site.told, [broken, broken])
  }),
)

together(
  'one that pauses until it once more, when it has settled, goes on',
  serving(async (start) => {
    const { promise, resolve } = deferred()
    async function* body(): AsyncGenerator<Frame | string> {
      yield* pausing(promise)
      yield* pausing(promise, 'again')
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    await askPausing(client)
    resolve()
    assert.is(await readChunk(client), 'after before again')
    assert.is(await readChunk(client), 'after again')
  }),
)

together(
  'two promises in turn: each lets go on who waits for it',
  serving(async (start) => {
    const ends = [deferred(), deferred()]
    const site = await start(({ target }) => {
      const name = target.slice(1)
      return stream(pausing(ends[Number(name) % 2]?.promise ?? Promise.resolve(), name))
    })
    const clients: RawClient[] = []
    for (const name of ['0', '1', '2', '3']) {
      const client = await site.connect()
      await askPausing(client, name)
      clients.push(client)
    }
    for (const odd of [1, 0]) {
      ends[odd]?.resolve()
      for (const [at, client] of clients.entries())
        if (at % 2 === odd) assert.is(await readChunk(client), `after ${at}`)
    }
  }),
)

together(
  'one that settles while it is asked, or throws when it is, is no other',
  serving(async (start) => {
    const broken = new Error('broken')
    const untils: Record<string, PromiseLike<void>> = {
      '/at-once': {
        // biome-ignore lint/suspicious/noThenProperty: what a promise must not do, and others do.
        then(fulfilled) {
          fulfilled?.()
          return new Promise(() => {})
        },
      },
      '/never': {
        // biome-ignore lint/suspicious/noThenProperty: what a promise must not do, and others do.
        then() {
          throw broken
        },
      },
    }
    const site = await start(({ target }) =>
      stream(pausing(untils[target] ?? Promise.resolve(), target.slice(1))),
    )
    for (let i = 0; i < 2; i++) {
      const client = await site.connect()
      await askPausing(client, 'at-once')
      assert.is(await readChunk(client), 'after at-once')
      const failing = await site.connect()
      await askPausing(failing, 'never')
      assert.is((await failing.takeRest()).length, 0)
    }
    assert.equal(site.told, [broken, broken])
  }),
)

together.run()

const kept = suite('server: what is kept of a request while its body pauses')

/** How many of these are still there. */
const left = async (refs: readonly WeakRef<object>[]): Promise<number> => {
  await turn(5)
  globalThis.gc?.()
  await turn()
  return refs.filter((ref) => ref.deref() !== undefined).length
}

// A promise keeps what waits for it: all that came and went stayed in memory until the next event.
kept(
  'nothing of a client that has left, though the promise lasts and another waits for it',
  serving(async (start) => {
    const { promise, resolve } = deferred()
    const refs: WeakRef<object>[] = []
    const site = await start((request) => {
      refs.push(new WeakRef(request))
      return stream(pausing(promise))
    })
    const staying = await site.connect()
    await askPausing(staying)
    for (let i = 0; i < 20; i++) {
      const client = await site.connect()
      await askPausing(client)
      client.reset()
    }
    await site.until(() => site.server.connections === 1, 'the close of all but one')
    const count = await left(refs)
    // The one that stays, and whichever the engine has in a register.
    assert.ok(count <= 2, `${count} are kept`)
    resolve()
    assert.is(await readChunk(staying), 'after ')
  }),
)

/** Serves twenty bodies that pause, then fails them, and gives how many requests were there in the pause. */
const requestsKept = async (
  serveWith: typeof serve,
  fail: (reason: unknown) => void,
  until: Promise<void>,
): Promise<number> => {
  const refs: WeakRef<object>[] = []
  await using server = await serveWith((request) => {
    refs.push(new WeakRef(request))
    return stream(pausing(until))
  })
  const clients: RawClient[] = []
  for (let i = 0; i < 20; i++) {
    const client = await connectTo(server.port)
    await askPausing(client)
    clients.push(client)
  }
  const count = await left(refs)
  fail(new Error('broken'))
  for (const client of clients) assert.is((await client.takeRest()).length, 0)
  for (const client of clients) client.destroy()
  return count
}

kept('not the request, where nobody is told of errors: its head is let go', async () => {
  const print = console.error
  let printed = 0
  console.error = () => {
    printed++
  }
  try {
    const { promise, reject } = deferred()
    const count = await within(30_000, requestsKept(serve, reject, promise))
    assert.ok(count <= 1, `${count} are kept`)
    assert.is(printed, 20)
  } finally {
    console.error = print
  }
})

kept('the request, for an onError', async () => {
  const told: (HttpRequest | undefined)[] = []
  const { promise, reject } = deferred()
  const onError = (_error: unknown, request: HttpRequest | undefined) => told.push(request)
  const count = await within(
    30_000,
    requestsKept((handler) => serve(handler, { onError }), reject, promise),
  )
  assert.is(count, 20)
  assert.equal(
    told.map((request) => request?.headers.get('host')),
    Array.from({ length: 20 }, () => 'a'),
  )
})

kept.run()
