import { collect, fields, isData, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { empty, html, json, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { words } from '../support/bodies/record.ts'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { AnswerInit, HttpResponse } from '@sluice/stack'

interface Row {
  readonly answer: (init?: AnswerInit) => HttpResponse
  readonly type: string
  readonly content: string
  readonly byteLength: number | undefined
}

const rows: Readonly<Record<string, Row>> = {
  text: {
    answer: (init) => text('é', init),
    type: 'text/plain; charset=utf-8',
    content: 'é',
    byteLength: 2,
  },
  html: {
    answer: (init) => html('<p>é', init),
    type: 'text/html; charset=utf-8',
    content: '<p>é',
    byteLength: 5,
  },
  json: {
    answer: (init) => json({ é: [1, null] }, init),
    type: 'application/json',
    content: '{"é":[1,null]}',
    byteLength: 15,
  },
  stream: {
    answer: (init) => stream(['on', 'e'], init),
    type: 'application/octet-stream',
    content: 'one',
    byteLength: undefined,
  },
}

for (const [name, { answer, type, content, byteLength }] of Object.entries(rows)) {
  const answers = suite(name)

  answers(`is a 200 of ${type}, and of its length where that is known`, async () => {
    const response = answer()
    assert.is(response.status, 200)
    assert.equal([...response.headers], [['content-type', type]])
    assert.is(response.body.byteLength, byteLength)
    assert.is(await readText(response.body), content)
  })

  answers('a status and fields are taken as they are, the content-type last', () => {
    const { status, headers } = answer({ status: 299, headers: { 'X-A': ['1', '2'] } })
    assert.is(status, 299)
    assert.equal(
      [...headers],
      [
        ['x-a', '1'],
        ['x-a', '2'],
        ['content-type', type],
      ],
    )
  })

  answers('a content-type among the fields stands in the place of its own, in any case', () => {
    const { headers } = answer({ headers: [['CONTENT-Type', 'text/markdown']] })
    assert.equal([...headers], [['content-type', 'text/markdown']])
  })

  answers('a list of fields is not changed', () => {
    const given = fields({ 'x-a': '1' })
    answer({ headers: given })
    assert.equal([...given], [['x-a', '1']])
  })

  answers('a field with a line break is refused at the call', () => {
    throwsAtOnce(() => answer({ headers: { 'x-a': 'a\r\nset-cookie: b' } }), TypeError)
    throwsAtOnce(() => answer({ headers: { 'x a': '1' } }), TypeError)
  })

  answers('its body has one reader', async () => {
    const { body } = answer()
    await collect(body)
    await rejects(() => collect(body), 'BODY_USED')
  })

  answers.run()

  const inits = suite('answers: the second argument')

  for (const [name, answer] of [
    ['text', text],
    ['html', html],
    ['json', json],
    ['stream', stream],
  ] as const)
    inits(`${name} refuses a status in place of an object`, () => {
      for (const given of [404, 'not found', null]) {
        const error = throwsAtOnce(() => answer('tea', untyped(given)), TypeError)
        assert.match(error.message, /, wanted an object: use \{ status: 404 \}$/)
      }
    })

  inits('empty refuses a status in place of an object', () => {
    const error = throwsAtOnce(() => empty(untyped(404)), TypeError)
    assert.is(error.message, 'Cannot answer: found 404, wanted an object: use { status: 404 }')
  })

  inits('the content of a response that is refused is closed', async () => {
    const source = watched([])
    throwsAtOnce(() => stream(source.body, untyped(404)), TypeError)
    await turn()
    assert.is(source.closes, 1)
  })

  inits.run()
}

const texts = suite('text: its content')

texts('nothing is a body of no bytes, and still a text', async () => {
  const { headers, body } = text('')
  assert.is(headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.is(body.byteLength, 0)
  assert.equal(await words(body), ['end'])
})

texts('is there at once, without a promise', () => {
  const frame = pullFrom(text('now').body).pull()
  assert.ok(frame !== undefined && 'kind' in frame && isData(frame))
})

texts.run()

const jsons = suite('json: its value')

const values: readonly (readonly [value: unknown, content: string])[] = [
  [null, 'null'],
  [false, 'false'],
  ['', '""'],
  [Number.NaN, 'null'],
  [{ a: undefined }, '{}'],
  [[undefined], '[null]'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
]

for (const [value, content] of values)
  jsons(`${content} is a value`, async () => {
    assert.is(await readText(json(value).body), content)
  })

for (const value of [undefined, () => 1, Symbol('s'), { toJSON: () => undefined }])
  jsons(`${typeof value} without a JSON form is refused at the call`, () => {
    const { message } = throwsAtOnce(() => json(value), TypeError)
    assert.is(
      message,
      `Cannot answer with JSON: found ${typeof value}, wanted a value with a JSON form`,
    )
  })

jsons('what JSON refuses is refused at the call: a bigint, a circle', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  throwsAtOnce(() => json(1n), TypeError)
  throwsAtOnce(() => json(circle), TypeError)
})

jsons.run()

const streams = suite('stream: its source')

streams(
  'is not asked for anything before the body is read, and closed when it is left',
  async () => {
    const source = watched([{ kind: 'flush' as const }])
    const { body } = stream(source.body)
    assert.is(source.pulls, 0)
    const reading = pullFrom(body)
    await reading.pull()
    assert.is(source.pulls, 1)
    await reading.close()
    assert.is(source.closes, 1)
  },
)

streams('a body is given as it is, with its length', () => {
  const body = toBody('four')
  const response = stream(body)
  assert.is(response.body, body)
  assert.is(response.body.byteLength, 4)
})

streams('null is an empty body', async () => {
  assert.is(stream(null).body.byteLength, 0)
  assert.equal(await words(stream(null).body), ['end'])
})

streams('what cannot be a body is refused at the call', () => {
  // @ts-expect-error what a caller without types may do
  throwsAtOnce(() => stream(42), TypeError)
})

streams.run()

const empties = suite('empty')

empties('is a 204 without fields and without content', async () => {
  const { status, headers, body } = empty()
  assert.is(status, 204)
  assert.is(headers.size, 0)
  assert.is(body.byteLength, 0)
  assert.equal(await words(body), ['end'])
})

empties('takes a status and fields, and adds none', () => {
  const { status, headers } = empty({ status: 304, headers: { etag: '"a"' } })
  assert.is(status, 304)
  assert.equal([...headers], [['etag', '"a"']])
})

empties('two answers have two bodies', async () => {
  await collect(empty().body)
  await collect(empty().body)
})

empties.run()
