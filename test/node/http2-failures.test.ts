// Responses of HTTP/2 that end badly: what was flushed arrives, and the end is RST_STREAM.
import { fields } from '@sluice/body'
import { flush } from '@sluice/flush'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { resetCodes } from '../support/server/raw-http2.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'

type Source = AsyncGenerator<string | Frame>

const mebibyte = 1_048_576

const ends = suite('http2: responses that fail')

ends(
  'after an error, what was flushed waits for room, and then the stream is reset',
  servingHttp2(async (start) => {
    const failure = new Error('broken')
    const failed = deferred()
    const site = await start(() => {
      async function* source(): Source {
        try {
          for (let i = 0; i < 20; i++) {
            yield `${i}`.padEnd(16_384)
            yield flush
          }
          throw failure
        } finally {
          failed.resolve()
        }
      }
      return stream(source())
    })
    const client = await site.raw()
    client.openWindow(0, 16 * mebibyte)
    const asked = client.ask('/')
    await client.standstill(() => client.streamOf(asked).text.length)
    client.openWindow(asked, 16 * mebibyte)
    const { text: content, isWhole, reset } = await client.ended(asked)
    await failed.promise
    assert.is(content.length, 20 * 16_384)
    assert.not(isWhole)
    assert.is(reset, resetCodes.INTERNAL_ERROR)
    assert.equal(site.told, [failure])
  }),
)

for (const [name, lines] of [
  ['that HTTP/2 does not have', [['te', 'gzip']]],
  [
    'that may stand only once',
    [
      ['etag', '"a"'],
      ['etag', '"b"'],
    ],
  ],
] as const)
  ends(
    `trailers ${name} reset the stream, are told once, and the connection goes on`,
    servingHttp2(async (start) => {
      async function* source(): Source {
        yield 'content'
        yield { kind: 'flush' }
        yield { kind: 'trailers', fields: fields(lines) }
      }
      const site = await start(({ target }) => (target === '/' ? stream(source()) : text('next')))
      const client = await site.raw()
      const { text: content, isWhole, reset } = await client.ended(client.ask('/'))
      assert.equal({ content, isWhole, reset }, { content: 'content', isWhole: false, reset: 2 })
      assert.is((await client.ended(client.ask('/next'))).text, 'next')
      assert.is(site.told.length, 1)
    }),
  )

ends.run()
