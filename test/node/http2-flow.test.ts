import { flush, flushed } from '@sluice/flush'
import { empty, stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { resetCodes } from '../support/server/raw-http2.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'

type Source = AsyncGenerator<string | Frame>

const mebibyte = 1_048_576

/** What a stalled reader may cost: what the source gives beyond the window of its stream. */
const mostHeld = mebibyte

const flow = suite('http2: flow control')

/** A source that never ends, and counts the bytes that were pulled from it. */
const endless = () => {
  const count = { bytes: 0, closed: 0 }
  async function* source(): Source {
    try {
      for (;;) {
        count.bytes += 16_384
        yield 'x'.repeat(16_384)
      }
    } finally {
      count.closed++
    }
  }
  return { count, source }
}

flow(
  'a stream without room holds up no other one, and goes on once it has room',
  servingHttp2(async (start) => {
    const { count, source } = endless()
    async function* large(): Source {
      for (let i = 0; i < 640; i++) yield 'y'.repeat(16_384)
    }
    const site = await start(({ target }) => stream(target === '/stalled' ? source() : large()))
    const client = await site.raw()
    client.openWindow(0, 64 * mebibyte)
    const stalled = client.ask('/stalled')
    const pulled = await client.standstill(() => count.bytes)
    assert.is(client.streamOf(stalled).text.length, 65_535)
    assert.ok(pulled <= 65_535 + mostHeld, `${pulled} bytes were pulled`)

    const others = Array.from({ length: 3 }, () => client.ask('/large'))
    for (const each of others) client.openWindow(each, 16 * mebibyte)
    for (const each of others) {
      const { text: content, isWhole } = await client.ended(each)
      assert.is(content.length, 10 * mebibyte)
      assert.ok(isWhole)
    }
    assert.is(count.bytes, pulled)

    client.openWindow(stalled, 4 * mebibyte)
    await client.standstill(() => count.bytes)
    assert.is(client.streamOf(stalled).text.length, 65_535 + 4 * mebibyte)
    client.reset(stalled, resetCodes.CANCEL)
    await client.standstill(() => count.closed)
    assert.is(count.closed, 1)
    assert.equal(site.told, [])
  }),
)

flow(
  'while the window of the connection is used up, responses without content arrive, and then all go on',
  servingHttp2(async (start) => {
    const sources = [endless(), endless(), endless()]
    const site = await start(({ target }) => {
      const found = sources[Number(target.slice(1))]
      return found === undefined ? empty() : stream(found.source())
    })
    const client = await site.raw(16 * mebibyte)
    const streams = sources.map((_, number) => client.ask(`/${number}`))
    const total = () => sources.reduce((sum, { count }) => sum + count.bytes, 0)
    const received = () => streams.reduce((sum, each) => sum + client.streamOf(each).text.length, 0)
    await client.standstill(total)
    assert.is(received(), 65_535)
    for (const { count } of sources)
      assert.ok(count.bytes <= 65_535 + mostHeld, `${count.bytes} bytes were pulled`)

    const { isWhole } = await client.ended(client.ask('/none'))
    assert.ok(isWhole)

    const before = sources.map(({ count }) => count.bytes)
    client.openWindow(0, 6 * mebibyte)
    await client.standstill(total)
    assert.is(received(), 65_535 + 6 * mebibyte)
    sources.forEach(({ count }, number) => {
      assert.ok(count.bytes > (before[number] ?? 0), `the source ${number} has gone on`)
    })
    client.socket.destroy()
    assert.equal(site.told, [])
  }),
)

flow(
  'with a window of 0 the head arrives by a flush, and the receipt comes with the room',
  servingHttp2(async (start) => {
    const events: string[] = []
    const settled = deferred()
    const site = await start(() => {
      async function* source(): Source {
        yield 'content'
        const { frame, sent } = flushed()
        sent.then(() => {
          events.push('receipt')
          settled.resolve()
        }, settled.reject)
        yield frame
        await sent
      }
      return stream(source())
    })
    const client = await site.raw(0)
    const asked = client.ask('/')
    while (!client.streamOf(asked).hasHead) await client.round()
    await client.standstill(() => events.length)
    assert.is(client.streamOf(asked).text, '')
    events.push('room')
    // One byte more than the content has: without room, Node does not send the end either.
    client.openWindow(asked, 8)
    await client.arrived(asked, 'content')
    await settled.promise
    assert.equal(events, ['room', 'receipt'])
    assert.ok((await client.ended(asked)).isWhole)
    assert.equal(site.told, [])
  }),
)

flow(
  'if a stream without room is reset, the receipt of its flush says that it is lost',
  servingHttp2(async (start) => {
    const lost = deferred<unknown>()
    const begun = deferred()
    const site = await start(() => {
      async function* source(): Source {
        yield 'content'
        const { frame, sent } = flushed()
        sent.then(lost.reject, lost.resolve)
        yield frame
        begun.resolve()
        await new Promise(() => {})
      }
      return stream(source())
    })
    const client = await site.raw(0)
    const asked = client.ask('/')
    await begun.promise
    await client.round()
    client.reset(asked, resetCodes.CANCEL)
    assert.is(codeOf(await lost.promise), 'FLUSH_LOST')
    assert.equal(site.told, [])
  }),
)

flow(
  '100 streams on one connection take turns, and each has its own content',
  servingHttp2(async (start) => {
    const turns = Array.from({ length: 3 }, () => deferred())
    async function* source(name: string): Source {
      for (const each of turns) {
        yield `${name} `
        yield flush
        await each.promise
      }
    }
    const site = await start(({ target }) => stream(source(target)))
    const client = await site.raw()
    const streams = Array.from({ length: 100 }, (_, number) => client.ask(`/${number}`))
    for (const [at, each] of turns.entries()) {
      for (const [number, asked] of streams.entries())
        await client.arrived(asked, `/${number} `.repeat(at + 1))
      each.resolve()
    }
    for (const [number, asked] of streams.entries()) {
      const { text: content, isWhole } = await client.ended(asked)
      assert.equal({ content, isWhole }, { content: `/${number} `.repeat(3), isWhole: true })
    }
    assert.equal(site.told, [])
  }),
)

flow.run()
