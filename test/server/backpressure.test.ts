// @slow 6
// A slow reader slows the source, a paused body costs nothing, and receipts tell what the kernel has.
import { createServer } from 'node:net'
import { data, fields } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { pause } from '@sluice/pause'
import { serve } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { firstWrong, pattern } from '../support/bodies/pattern.ts'
import { duplexPair } from '../support/server/duplex-pair.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Flush, Frame } from '@sluice/body'
import type { RawClient } from '../support/server/raw-client.ts'

/** More than two sockets hold on this machine: 6 MiB to receive, 4 MiB to send, are Linux' most. */
const kernelBytes = 16 * 2 ** 20

/** An endless body of patterned bytes, as the pull protocol, which answers at once, or as an async generator. */
const endless = (later: boolean) => {
  const seen = { pulled: 0, closed: 0 }
  const next = () => {
    const frame = data(pattern(seen.pulled, 10_000))
    seen.pulled += 10_000
    return frame
  }
  async function* generator(): AsyncGenerator<Frame> {
    try {
      for (;;) yield next()
    } finally {
      seen.closed++
    }
  }
  const pulled = fromPull<Frame>(() => ({ pull: next, close: () => void seen.closed++ }))
  const body = later ? generator() : pulled
  return { seen, response: () => ({ status: 200, headers: fields(), body }) }
}

const readPattern = async (client: RawClient, bytes: number): Promise<void> => {
  for (let at = 0; at < bytes; ) {
    const chunk = Buffer.from((await readChunk(client)) ?? '', 'latin1')
    assert.is(firstWrong(chunk, at), undefined)
    at += chunk.length
  }
}

const slow = suite('server: a client that reads slowly')

for (const [name, later] of [
  ['whose frames are there at once', false],
  ['that is an async generator', true],
] as const) {
  slow(
    `an endless body ${name} is asked for no more than fits, and goes on byte by byte`,
    serving(async (start) => {
      const { seen, response } = endless(later)
      const site = await start(response)
      const client = await site.connect()
      client.pause()
      client.send(get())
      const stood = await site.standstill(() => seen.pulled)
      assert.ok(stood > 0 && stood < kernelBytes, `${stood} bytes were pulled`)
      client.resume()
      await readHead(client)
      await readPattern(client, stood + 2 ** 20)
      client.pause()
      const again = await site.standstill(() => seen.pulled)
      assert.ok(again < stood + 2 ** 20 + 2 * kernelBytes, `${again} bytes were pulled`)
      client.destroy()
      await site.until(() => seen.closed > 0, 'the close')
      await site.round()
      assert.is(seen.closed, 1)
      assert.equal(site.told, [])
    }),
  )

  slow(
    `an endless body ${name}: of what is pulled all but highWaterBytes is the kernel's`,
    serving(async (start) => {
      const { seen, response } = endless(later)
      const site = await start(response, { highWaterBytes: 20_000 })
      const client = await site.connect()
      client.pause()
      client.send(get())
      const stood = await site.standstill(() => seen.pulled)
      // One round of reading at a time: what is pulled runs ahead of it by what the kernel and one mark hold.
      client.resume()
      await readHead(client)
      await readPattern(client, stood)
      assert.ok(seen.pulled - stood < kernelBytes)
      client.reset()
      await site.until(() => seen.closed > 0, 'the close')
      assert.is(seen.closed, 1)
    }),
  )
}

slow(
  'one slow reader does not slow another',
  serving(async (start) => {
    const { seen, response } = endless(false)
    const site = await start(({ target }) => (target === '/endless' ? response() : text('quick')))
    const client = await site.connect()
    client.pause()
    client.send(get('/endless'))
    await site.standstill(() => seen.pulled)
    for (let i = 0; i < 10; i++) assert.is((await site.ask(get())).content, 'quick')
  }),
)

slow(
  '40 stalled readers are all let go when they leave',
  serving(async (start) => {
    const bodies = Array.from({ length: 40 }, () => endless(true))
    const waiting = bodies.slice()
    const site = await start(() => waiting.pop()?.response() ?? text('none left'))
    const clients = await Promise.all(bodies.map(() => site.connect()))
    for (const client of clients) {
      client.pause()
      client.send(get())
    }
    await site.standstill(() => bodies.reduce((sum, { seen }) => sum + seen.pulled, 0))
    for (const [at, client] of clients.entries()) at % 2 === 0 ? client.reset() : client.destroy()
    await site.until(() => bodies.every(({ seen }) => seen.closed === 1), 'every close')
    await site.until(() => site.server.connections === 0, 'every connection')
  }),
)

slow.run()

const paused = suite('server: bodies that pause')

paused(
  '1,000 pause at once while another path answers, and all go on',
  serving(async (start) => {
    const pauses: ReturnType<typeof pause<string>>[] = []
    const closed: number[] = []
    async function* waiting(at: number): AsyncGenerator<Frame | string> {
      const handle = pause<string>()
      pauses.push(handle)
      try {
        yield `before ${at}\n`
        yield handle.frame
        const outcome = await handle.resumed
        yield outcome.kind === 'resumed' ? outcome.value : outcome.kind
      } finally {
        closed.push(at)
      }
    }
    const site = await start(({ target }) =>
      target === '/other' ? text('other') : stream(waiting(Number(target.slice(1)))),
    )
    const clients: RawClient[] = []
    for (let at = 0; at < 1000; at++) {
      const client = await site.connect()
      clients.push(client)
      client.send(get(`/${at}`))
    }
    for (const [at, client] of clients.entries()) {
      await readHead(client)
      assert.is(await readChunk(client), `before ${at}\n`)
    }
    assert.is(site.server.connections, 1000)
    for (let i = 0; i < 10; i++) assert.is((await site.ask(get('/other'))).content, 'other')
    assert.equal(closed, [])
    for (const [at, { resume }] of pauses.entries()) assert.ok(resume(`after ${at}\n`))
    for (const [at, client] of clients.entries()) {
      assert.is(await readChunk(client), `after ${at}\n`)
      assert.is(await readChunk(client), undefined)
    }
    assert.is(closed.length, 1000)
  }),
)

paused(
  'a body that pauses again and again',
  serving(async (start) => {
    async function* body(): AsyncGenerator<Frame | string> {
      for (let i = 0; i < 100; i++) {
        yield { kind: 'pause', until: Promise.resolve() }
        yield String(i % 10)
      }
    }
    const site = await start(() => stream(body()))
    assert.is((await site.ask(get())).content, '0123456789'.repeat(10))
  }),
)

paused(
  'a pause whose end came before it was waited for',
  serving(async (start) => {
    const handle = pause<string>()
    handle.resume('early')
    async function* body(): AsyncGenerator<Frame | string> {
      yield handle.frame
      const outcome = await handle.resumed
      if (outcome.kind === 'resumed') yield outcome.value
    }
    const site = await start(() => stream(body()))
    assert.is((await site.ask(get())).content, 'early')
  }),
)

paused.run()

const receipts = suite('server: receipts of flushes')

const flushing = () => {
  const outcomes: unknown[] = []
  const frame: Flush = { kind: 'flush', sent: (lost) => outcomes.push(lost) }
  return { frame, outcomes }
}

const codesOf = (outcomes: readonly unknown[]) =>
  outcomes.map((lost) =>
    typeof lost === 'object' && lost !== null && 'code' in lost ? lost.code : lost,
  )

receipts(
  'one is told once the kernel has the bytes before it, and not again',
  serving(async (start) => {
    const { frame, outcomes } = flushing()
    const { promise: until, resolve } = deferred()
    const site = await start(() => stream(['one', frame, { kind: 'pause', until }, 'two']))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    await site.until(() => outcomes.length > 0, 'the receipt')
    resolve()
    assert.is(await readChunk(client), 'two')
    assert.is(await readChunk(client), undefined)
    assert.equal(outcomes, [undefined])
  }),
)

receipts(
  'one before any byte is told when the head is out',
  serving(async (start) => {
    const { frame, outcomes } = flushing()
    const { promise: until, resolve } = deferred()
    const site = await start(() => stream([frame, { kind: 'pause', until }]))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await site.until(() => outcomes.length > 0, 'the receipt')
    assert.equal(outcomes, [undefined])
    resolve()
    assert.is(await readChunk(client), undefined)
  }),
)

receipts(
  'one waits as long as the client does not read',
  serving(async (start) => {
    const { frame, outcomes } = flushing()
    let given = 0
    async function* body(): AsyncGenerator<Frame> {
      for (; given < kernelBytes; given += 65_536) yield data(pattern(given, 65_536))
      yield frame
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.standstill(() => given)
    assert.equal(outcomes, [])
    client.resume()
    await readHead(client)
    await readPattern(client, kernelBytes)
    assert.is(await readChunk(client), undefined)
    assert.equal(outcomes, [undefined])
  }),
)

receipts(
  'those of bytes that are still here when the client goes are told FLUSH_LOST',
  serving(async (start) => {
    const flushes = Array.from({ length: 3 }, flushing)
    let closed = 0
    async function* body(): AsyncGenerator<Frame> {
      try {
        yield data(new Uint8Array(2 * kernelBytes))
        for (const { frame } of flushes) yield frame
        yield data(new Uint8Array(2 * kernelBytes))
      } finally {
        closed++
      }
    }
    const site = await start(() => stream(body()), { highWaterBytes: 4 * kernelBytes })
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.standstill(() => flushes.flatMap(({ outcomes }) => outcomes).length)
    assert.equal(
      flushes.flatMap(({ outcomes }) => outcomes),
      [],
    )
    client.reset()
    await site.until(() => closed > 0, 'the close')
    await site.round()
    // Whether the later flushes were taken before the client went depends on the room there was.
    for (const { outcomes } of flushes) assert.ok(outcomes.length <= 1)
    const told = codesOf(flushes.flatMap(({ outcomes }) => outcomes))
    assert.ok(told.length > 0)
    assert.equal(
      told,
      told.map(() => 'FLUSH_LOST'),
    )
  }),
)

// A write to a client that has reset fails at once, and leaves nothing that waits.
receipts(
  'one that comes before the server has seen that the client has gone is told FLUSH_LOST',
  serving(async (start) => {
    const { frame, outcomes } = flushing()
    const gate = deferred()
    async function* body(): AsyncGenerator<Frame | string> {
      yield 'a'
      await gate.promise
      yield 'b'
      yield frame
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await readChunk(client)
    // In one turn: the server goes on before it reads.
    client.reset()
    gate.resolve()
    await site.until(() => outcomes.length > 0, 'the receipt')
    assert.equal(codesOf(outcomes), ['FLUSH_LOST'])
  }),
)

receipts(
  'one that comes when the client has gone is told FLUSH_LOST',
  serving(async (start) => {
    const { frame, outcomes } = flushing()
    const { promise: gate, resolve: open } = deferred()
    async function* body(): AsyncGenerator<Frame | string> {
      yield 'one'
      await gate
      yield frame
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await readChunk(client)
    client.reset()
    await site.until(() => site.server.connections === 0, 'the end of the connection')
    open()
    await site.until(() => outcomes.length > 0, 'the receipt')
    assert.equal(codesOf(outcomes), ['FLUSH_LOST'])
  }),
)

receipts(
  'a receipt that throws cuts its own response at most, and is told',
  serving(async (start) => {
    const broken = new Error('the receipt broke')
    const frame: Flush = {
      kind: 'flush',
      sent() {
        throw broken
      },
    }
    const site = await start(({ target }) => (target === '/' ? stream(['a', frame]) : text('on')))
    const client = await site.connect()
    client.send(get())
    await client.takeTo('a')
    await site.round()
    assert.is((await site.ask(get('/on'))).content, 'on')
    assert.equal(site.told, [broken])
  }),
)

receipts(
  'the error of one that waits is reported with its own request, not with the next',
  async () => {
    const broken = new Error('the receipt broke')
    const frame: Flush = {
      kind: 'flush',
      sent() {
        throw broken
      },
    }
    const reported: (readonly [error: unknown, target: string | undefined])[] = []
    const { promise: gate, resolve: open } = deferred()
    const { promise: begun, resolve: begin } = deferred()
    const listener = createServer()
    const server = await serve(
      async ({ target }) => {
        if (target === '/one')
          return stream(['x'.repeat(16_000), { kind: 'flush' }, 'y'.repeat(1000), frame])
        begin()
        await gate
        return text('two')
      },
      { server: listener, onError: (error, request) => reported.push([error, request?.target]) },
    )
    // The line takes 16 KiB that are not read; what is behind waits, and is too little for backpressure.
    const [client, line] = duplexPair(500)
    listener.emit('connection', line)
    client.write(get('/one') + get('/two'))
    try {
      await within(5000, begun)
      assert.equal(reported, [])
      client.resume()
      await turn(20)
      assert.equal(reported, [[broken, '/one']])
    } finally {
      open()
      client.destroy()
      await server.close({ graceMs: 0 })
    }
  },
)

receipts(
  'every one of many is told in order',
  serving(async (start) => {
    const order: number[] = []
    const frames = Array.from({ length: 100 }, (_, at): readonly (Frame | string)[] => [
      String(at % 10),
      { kind: 'flush', sent: () => order.push(at) },
    ])
    const site = await start(() => stream(frames.flat()))
    const client = await site.connect()
    client.send(get())
    const answer = await readResponse(client)
    assert.is(answer.chunks.length, 100)
    await site.until(() => order.length === 100, 'every receipt')
    assert.equal(
      order,
      order.map((_, at) => at),
    )
  }),
)

receipts(
  'many that wait for a client that does not read are told in order',
  serving(async (start) => {
    const order: number[] = []
    const count = 4000
    function* body(): Generator<Frame | string> {
      for (let at = 0; at < count; at++) {
        yield 'x'.repeat(5000)
        yield { kind: 'flush', sent: () => order.push(at) }
      }
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.standstill(() => order.length)
    client.resume()
    await readResponse(client)
    await site.until(() => order.length === count, 'every receipt')
    assert.equal(
      order,
      order.map((_, at) => at),
    )
  }),
)

receipts.run()
