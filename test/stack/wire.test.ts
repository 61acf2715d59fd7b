// What a client sees of errors and of responses that are replaced: through a server.
import { answerErrors, HttpError, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { get, serving } from '../support/server/serving.ts'
import type { Handler } from '@sluice/stack'

const wire = suite('stack: errors on the wire')

const failing =
  (error: unknown): Handler =>
  () => {
    throw error
  }

/** Answered by the server itself, and by a middleware in front of it. */
const answering: readonly { readonly name: string; readonly place: (app: Handler) => Handler }[] = [
  { name: 'the server', place: (app) => app },
  { name: 'answerErrors', place: (app) => stack(answerErrors())(app) },
]

for (const { name, place } of answering) {
  for (const { code, status, field, value } of [
    { code: 'UNAUTHORIZED', status: 401, field: 'www-authenticate', value: 'Basic realm="a"' },
    { code: 'METHOD_NOT_ALLOWED', status: 405, field: 'allow', value: 'GET, HEAD' },
    { code: 'TOO_MANY_REQUESTS', status: 429, field: 'retry-after', value: '5' },
    { code: 'UNAVAILABLE', status: 503, field: 'retry-after', value: '5' },
  ] as const)
    wire(
      `${name} answers ${code} with its ${field}`,
      serving(async (start) => {
        const error = new HttpError(code, 'no', { headers: { [field]: value } })
        const site = await start(place(failing(error)))
        const answer = await site.ask(get())
        assert.is(answer.status, status)
        assert.is(answer.fields.get(field), value)
        assert.is(answer.content, status < 500 ? 'no\n' : '')
      }),
    )

  wire(
    `${name} answers a 401 that a service gave us with a 500, and without its message`,
    serving(async (start) => {
      const error = Object.assign(new Error('Incorrect API key: sk-live-1234'), { status: 401 })
      const site = await start(place(failing(error)))
      const answer = await site.ask(get())
      assert.is(answer.status, 500)
      assert.is(answer.content, '')
    }),
  )
}

wire(
  'onError of the server is told of an error of a service, whatever its status',
  serving(async (start) => {
    const error = Object.assign(new Error('no such model'), { status: 404 })
    const site = await start(failing(error))
    await site.ask(get())
    assert.is(site.told.length, 1)
    assert.is(site.told[0], error)
  }),
)

wire.run()
