// Processes that have nothing more to do: each must end by itself, with code 0 and without a word of an error.
import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'
import { blocking } from '@sluice/blocking'
import { request } from '@sluice/stack'

const work = (name, exportName) =>
  blocking(new URL(`./${name}.mjs`, import.meta.url), { threads: 2, exportName })

const { Worker } = threads

/** Lets Node make other threads, as if the system had no more of them. */
const makeThreads = (Made) => {
  threads.Worker = Made
  syncBuiltinESMExports()
}

const codes = async (handler, count) =>
  Promise.all(
    Array.from({ length: count }, () =>
      handler(request()).then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    ),
  )

const died = (count) => Array.from({ length: count }, () => 'WORKER_DIED')

const modes = {
  async idle() {
    const quick = work('slow', 'quick')
    assert.deepEqual(await codes(quick, 4), [200, 200, 200, 200])
  },
  async unread() {
    const { status } = await work('failing', 'large')(request('/3'))
    assert.equal(status, 200)
  },
  async closed() {
    const quick = work('slow', 'quick')
    await codes(quick, 2)
    await quick.close()
  },
  async died() {
    assert.deepEqual(await codes(work('dying', 'exits'), 3), died(3))
  },
  async 'no-thread'() {
    makeThreads(
      class {
        constructor() {
          throw new Error('no more threads')
        }
      },
    )
    const quick = work('slow', 'quick')
    assert.deepEqual(await codes(quick, 6), died(6))
    makeThreads(Worker)
    assert.deepEqual(await codes(quick, 6), [200, 200, 200, 200, 200, 200])
  },
  async 'no-start'() {
    makeThreads(
      class extends Worker {
        constructor(_file, options) {
          super('throw new Error("cannot start")', { ...options, eval: true })
        }
      },
    )
    const quick = work('slow', 'quick')
    assert.deepEqual(await codes(quick, 6), died(6))
    makeThreads(Worker)
    assert.deepEqual(await codes(quick, 6), [200, 200, 200, 200, 200, 200])
  },
}

await modes[process.argv[2]]()
console.log('done')
