// What plain JavaScript gives to a request by mistake: the error says what was found, and what is wanted.
import { blocking, workerPool } from '@sluice/blocking'
import { readText } from '@sluice/body'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { within } from '../support/within.ts'

const pool = workerPool({ threads: 1 })
const misuse = blocking<object>(program('misused'), { pool })

const misused = suite('a request that is misused')

const options = ['readLine', 'lines', 'readBytes', 'readText'].map((method) => ({
  method,
  kind: 'null',
  wanted: 'TypeError: Cannot use the options: found null, wanted an object',
}))

const fields = 'wanted an object or pairs of names and values'
const content = 'wanted a string or bytes'

const rows = [
  ...options,
  {
    method: 'readText',
    kind: 'number',
    wanted: 'TypeError: Cannot use the options: found a number, wanted an object',
  },
  {
    method: 'read',
    kind: 'null',
    wanted: 'RangeError: Cannot use maxBytes: found null, wanted a whole number of 1 or more',
  },
  {
    method: 'respond',
    kind: 'null',
    wanted: 'WORKER_RESULT_INVALID: Cannot begin the response: found null, wanted an object',
  },
  {
    method: 'respond',
    kind: 'number',
    wanted: 'WORKER_RESULT_INVALID: Cannot begin the response: found a number, wanted an object',
  },
  {
    method: 'write',
    kind: 'undefined',
    wanted: `WORKER_RESULT_INVALID: Cannot write: found undefined, ${content}`,
  },
  {
    method: 'write',
    kind: 'number',
    wanted: `WORKER_RESULT_INVALID: Cannot write: found a number, ${content}`,
  },
  {
    method: 'write',
    kind: 'promise',
    wanted:
      'WOULD_WAIT: Cannot run the blocking function: found a promise; the function must be synchronous: it runs where it may block',
  },
  {
    method: 'finish',
    kind: 'null',
    wanted: `TypeError: Cannot make fields: found null, ${fields}`,
  },
  {
    method: 'finish',
    kind: 'text',
    wanted: `TypeError: Cannot make fields: found a string, ${fields}`,
  },
]

for (const { method, kind, wanted } of rows)
  misused(`${method}() of ${kind} says what is wanted`, async () => {
    const { body } = await misuse(request('/'), { method, kind })
    assert.is(await within(5000, readText(body)), wanted)
  })

misused('and the thread ends', () => within(10_000, pool.close()))

misused.run()
