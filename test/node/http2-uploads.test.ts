// Uploads over HTTP/2 that are read late, in part, or not at all.
import { readBytes, readText } from '@sluice/body'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { resetCodes } from '../support/server/raw-http2.ts'
import { deferred } from '../support/within.ts'
import type { RawHttp2 } from '../support/server/raw-http2.ts'

const mebibyte = 1_048_576

/** What the server may take of an upload that is not read. */
const mostHeld = mebibyte

const uploads = suite('http2: uploads')

/** Uploads as long as the windows have room, and until they have had none for some rounds; gives the bytes that were sent. */
const uploadTo = async (client: RawHttp2, number: number, most: number): Promise<number> => {
  let sent = 0
  const send = () => {
    for (;;) {
      const room = Math.min(client.windowOf(0), client.windowOf(number), most - sent, 16_384)
      if (room <= 0) return sent
      client.send(number, 'x'.repeat(room))
      sent += room
    }
  }
  await client.standstill(send)
  return sent
}

uploads(
  'an upload that is not read holds up no other one, and is read whole later',
  servingHttp2(async (start) => {
    const goOn = deferred()
    const site = await start(async ({ target, body }) => {
      if (target === '/later') await goOn.promise
      return text(`${(await readBytes(body, { maxBytes: 16 * mebibyte })).length} bytes`)
    })
    const client = await site.raw()
    const later = client.ask('/later', { uploads: true })
    const unread = await uploadTo(client, later, 3 * mebibyte)
    assert.ok(unread < mostHeld, `${unread} bytes were taken and not read`)

    const atOnce = client.ask('/at-once', { uploads: true })
    assert.is(await uploadTo(client, atOnce, 3 * mebibyte), 3 * mebibyte)
    client.send(atOnce, '', true)
    assert.is((await client.ended(atOnce)).text, `${3 * mebibyte} bytes`)

    goOn.resolve()
    const rest = await uploadTo(client, later, 3 * mebibyte - unread)
    assert.is(unread + rest, 3 * mebibyte)
    client.send(later, '', true)
    assert.is((await client.ended(later)).text, `${3 * mebibyte} bytes`)
    assert.equal(site.told, [])
  }),
)

uploads(
  'a whole response to an upload that goes on ends it without an error, read or not',
  servingHttp2(async (start) => {
    const site = await start(async ({ target, body }) => {
      if (target === '/read') for await (const _ of body) break
      return text('enough')
    })
    const client = await site.raw()
    for (const target of ['/read', '/unread']) {
      const asked = client.ask(target, { uploads: true })
      client.send(asked, 'content')
      const answer = await client.ended(asked)
      while (answer.reset === undefined) await client.round()
      const { text: content, isWhole, reset } = answer
      assert.equal({ content, isWhole, reset }, { content: 'enough', isWhole: true, reset: 0 })
    }
    assert.ok((await client.ended(client.ask('/next'))).isWhole)
    assert.equal(site.told, [])
  }),
)

uploads(
  'an upload that is reset at its last byte is not a whole one',
  servingHttp2(async (start) => {
    const over = deferred<unknown>()
    const read: string[] = []
    const site = await start(async ({ body }) => {
      try {
        for await (const frame of body)
          if (frame.kind === 'data') read.push(Buffer.from(frame.bytes).toString())
        over.resolve('whole')
      } catch (error) {
        over.resolve(codeOf(error))
      }
      return text('not read')
    })
    const client = await site.raw()
    const asked = client.ask('/', { uploads: true })
    while (read.length === 0) {
      client.send(asked, 'all of it')
      await client.round()
    }
    client.reset(asked, resetCodes.CANCEL)
    assert.is(await over.promise, 'READER_GONE')
    assert.equal(site.told, [])
  }),
)

uploads(
  'an upload that was ended before its stream is reset is a whole one, and the signal aborts',
  servingHttp2(async (start) => {
    const [whole, aborted] = [deferred(), deferred()]
    const site = await start(async ({ body, client }) => {
      client.signal.addEventListener('abort', () => aborted.resolve())
      whole.resolve()
      assert.is(await readText(body), 'all of it')
      await aborted.promise
      return text('not read')
    })
    const client = await site.raw()
    const asked = client.ask('/', { uploads: true })
    client.send(asked, 'all of it', true)
    await whole.promise
    await client.round()
    client.reset(asked, resetCodes.CANCEL)
    await aborted.promise
    await client.round()
    assert.equal(site.told, [])
  }),
)

uploads.run()
