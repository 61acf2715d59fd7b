// Responses of every kind through `node:http`, as a raw client sees them.
import { fields } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hosting } from '../support/node/hosting.ts'
import { get } from '../support/server/serving.ts'

const whole = suite('toListener: a response that is there at once')

whole(
  'a text has its length and its type',
  hosting(async (start) => {
    const host = await start(() => text('hello'))
    const { status, fields, content } = await host.ask(get())
    assert.is(status, 200)
    assert.is(fields.get('content-length'), '5')
    assert.is(fields.get('content-type'), 'text/plain; charset=utf-8')
    assert.is(content, 'hello')
    assert.equal(host.told, [])
  }),
)

whole.run()

const streamed = suite('toListener: a response that comes by and by')

streamed(
  'data, a flush and trailers arrive in order',
  hosting(async (start) => {
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'one, '
          yield { kind: 'flush' } as const
          yield 'two'
          yield { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) } as const
        })(),
      ),
    )
    const { content, trailers } = await host.ask(get())
    assert.is(content, 'one, two')
    assert.is(trailers.get('x-sum'), '9f')
  }),
)

streamed.run()
