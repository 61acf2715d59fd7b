// Blocked code has no event loop. What would need one is refused with a code, and nothing waits for itself.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { blocking, inWorker, run, workerPool } from '@sluice/blocking'
import { collect, readText, toBody } from '@sluice/body'
import { propertyOf } from '@sluice/body/engine'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'

const callingBack = program('calling-back')
const pool = workerPool({ threads: 1 })
const work = blocking(callingBack, { pool })

const answerOf = async (worker: Worker): Promise<unknown> => {
  const [answer]: readonly unknown[] = await once(worker, 'message')
  await worker.terminate()
  return answer
}

const refused = suite('calling back into the event loop')

const uses = ['run()', 'run() with a pool', 'a handler of blocking()', 'a filter of inWorker()']

for (const what of uses) {
  refused(`by ${what} throws WOULD_WAIT at the call`, async () => {
    const thrown = run(callingBack, what, { pool, exportName: 'thrownBy' })
    assert.equal(await within(5000, thrown), {
      code: 'WOULD_WAIT',
      status: 500,
      message: `Cannot run the blocking function: found ${what.replace(' with a pool', '')} on a worker thread; call the function directly: it may block here`,
    })
  })

  refused(`by ${what} in a handler fails the request, and the thread goes on`, async () => {
    const target = `/${encodeURIComponent(what)}`
    await within(
      5000,
      rejects(() => work(request(target)), 'WOULD_WAIT'),
    )
    assert.is(await run(callingBack, '', { pool, exportName: 'fine' }), 'fine')
  })
}

const needs = [
  { target: '/flush', what: 'a flush with a receipt' },
  { target: '/async', what: 'a promise' },
]

for (const { target, what } of needs)
  refused(`by ${what} fails the request with WOULD_WAIT`, async () => {
    await rejects(async () => collect((await work(request(target))).body), 'WOULD_WAIT')
  })

const callback = () => 'called'
const crossings = [
  {
    what: 'an argument of run()',
    cross: () => run(callingBack, { callback }, { pool, exportName: 'fine' }),
  },
  {
    what: 'the values of a handler',
    cross: () =>
      blocking<object>(callingBack, { pool, exportName: 'fine' })(request('/'), { callback }),
  },
  {
    what: 'the values of a filter',
    cross: () => {
      const filter = inWorker(callingBack, { pool, exportName: 'fine', values: { callback } })
      return readText(filter(toBody('x')))
    },
  },
]

/** A property that cannot be read. */
const unreadable = {
  get rows() {
    throw new RangeError('no rows')
  },
}

const unreadableCrossings = [
  {
    what: 'an argument of run()',
    cross: () => run(callingBack, unreadable, { pool, exportName: 'fine' }),
  },
  {
    what: 'the values of a handler',
    cross: () =>
      blocking<object>(callingBack, { pool, exportName: 'fine' })(request('/'), unreadable),
  },
  {
    what: 'the values of a filter',
    cross: () => {
      const filter = inWorker(callingBack, { pool, exportName: 'fine', values: unreadable })
      return readText(filter(toBody('x')))
    },
  },
]

for (const { what, cross } of unreadableCrossings)
  refused(`a getter that throws in ${what} is VALUE_NOT_CLONEABLE, with its error`, async () => {
    const { message, cause } = await within(5000, rejects(cross, 'VALUE_NOT_CLONEABLE'))
    assert.match(message, /^Cannot pass .+: found no rows$/)
    assert.is(propertyOf(cause, 'name'), 'RangeError')
    assert.is(await run(callingBack, '', { pool, exportName: 'fine' }), 'fine')
    assert.equal([pool.running, pool.queued], [0, 0])
  })

for (const { what, cross } of crossings)
  refused(`a function in ${what} is VALUE_NOT_CLONEABLE`, async () => {
    const { message } = await within(5000, rejects(cross, 'VALUE_NOT_CLONEABLE'))
    assert.match(message, /^Cannot pass .+: found .+ could not be cloned\.$/)
    assert.is(await run(callingBack, '', { pool, exportName: 'fine' }), 'fine')
    assert.equal([pool.running, pool.queued], [0, 0])
  })

refused(
  'is no matter of a worker thread that is not of a pool: an application may run in it',
  async () => {
    assert.is(await within(10_000, answerOf(new Worker(program('application')))), 'fine')
  },
)

refused('and its threads end', () => within(10_000, pool.close()))

refused.run()
