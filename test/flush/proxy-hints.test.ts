import { isPromiseLike } from '@sluice/body/engine'
import { proxyHints } from '@sluice/flush'
import { stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import type { FieldsInit } from '@sluice/body'

const request = requestOf()

const headersAfter = async (headers: FieldsInit) => {
  const response = await stack(proxyHints())(() => text('at once', { headers }))(request)
  return response.headers
}

const hints = suite('proxyHints')

const rows: readonly {
  readonly name: string
  readonly given: FieldsInit
  readonly wanted: string
}[] = [
  { name: 'none becomes no-transform', given: {}, wanted: 'no-transform' },
  {
    name: 'an empty one becomes no-transform',
    given: { 'cache-control': '' },
    wanted: 'no-transform',
  },
  {
    name: 'directives that are there stay, in front',
    given: { 'cache-control': 'no-cache, max-age=0' },
    wanted: 'no-cache, max-age=0, no-transform',
  },
  {
    name: 'several lines become one',
    given: { 'cache-control': ['no-cache', 'private'] },
    wanted: 'no-cache, private, no-transform',
  },
  {
    name: 'no-transform that is there is not added again, in any case',
    given: { 'cache-control': 'no-cache,  No-Transform ' },
    wanted: 'no-cache,  No-Transform',
  },
  {
    name: 'no-transform between tabs is not added again',
    given: { 'cache-control': 'a,\tno-transform\t' },
    wanted: 'a,\tno-transform',
  },
  {
    name: 'no-transform with a no-break space is another directive',
    given: { 'cache-control': 'no-transform\u00a0' },
    wanted: 'no-transform\u00a0, no-transform',
  },
  {
    name: 'no-transform in a quoted string is none',
    given: { 'cache-control': 'private="a, no-transform, \\"b"' },
    wanted: 'private="a, no-transform, \\"b", no-transform',
  },
  {
    name: 'a directive that only begins so is none',
    given: { 'cache-control': 'no-transform-ever' },
    wanted: 'no-transform-ever, no-transform',
  },
]

for (const { name, given, wanted } of rows)
  hints(`cache-control: ${name}`, async () => {
    const headers = await headersAfter(given)
    assert.equal(headers.getAll('cache-control'), [wanted])
  })

hints('x-accel-buffering is no, in one line', async () => {
  assert.equal((await headersAfter({})).getAll('x-accel-buffering'), ['no'])
  const again = await headersAfter({ 'x-accel-buffering': 'no' })
  assert.equal(again.getAll('x-accel-buffering'), ['no'])
})

hints('an application that says yes to buffering keeps its say', async () => {
  const headers = await headersAfter({ 'x-accel-buffering': 'yes' })
  assert.equal(headers.getAll('x-accel-buffering'), ['yes'])
})

hints('everything else of the response stays as it is', async () => {
  const given = text('made', { status: 201, headers: { etag: '"1"' } })
  const response = await stack(proxyHints())(() => given)(request)
  assert.is(response.status, 201)
  assert.is(response.headers.get('etag'), '"1"')
  assert.is(response.headers.get('content-length'), given.headers.get('content-length'))
  assert.is(response.body, given.body)
})

hints('a handler that answers at once goes on doing so', () => {
  assert.not(isPromiseLike(stack(proxyHints())(() => text('now'))(request)))
})

hints('a handler that answers later, or fails, is waited for', async () => {
  const later = await stack(proxyHints())(async () => text('later'))(request)
  assert.is(later.headers.get('x-accel-buffering'), 'no')
  const error = new Error('broke')
  await rejects(() => stack(proxyHints())(() => Promise.reject(error))(request), error)
})

hints('the request that the handler sees is the one that came, with its type', async () => {
  let target = ''
  const app = stack(proxyHints())((seen) => {
    target = seen.target
    return text('')
  })
  await app(request)
  assert.is(target, '/')
})

hints.run()
