// What a module may export, and how long its import may take. Modules that cannot be imported, or end their thread: deaths.test.ts.
import { blocking, inWorker, run, workerPool } from '@sluice/blocking'
import { readText, toBody } from '@sluice/body'
import { quiet } from '@sluice/body/engine'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { program } from '../support/blocking/program.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'

const pool = workerPool({ threads: 2 })
const refused = program('refused')

const uses = [
  {
    use: 'blocking()',
    call: (exportName: string, values: SharedArrayBuffer) =>
      blocking<SharedArrayBuffer>(refused, { pool, exportName })(request('/'), values),
  },
  {
    use: 'run()',
    call: (exportName: string, given: SharedArrayBuffer) =>
      run(refused, given, { pool, exportName }),
  },
  {
    use: 'inWorker()',
    call: (exportName: string, values: SharedArrayBuffer) =>
      readText(inWorker(refused, { pool, exportName, values })(toBody('x'))),
  },
]

const refusals = [
  {
    what: 'an async function',
    exportName: 'asynchronous',
    code: 'WOULD_WAIT',
    message: /found the async function asynchronous in file:.+; the function must be synchronous/,
  },
  {
    what: 'a bound async function',
    exportName: 'bound',
    code: 'WOULD_WAIT',
    message: /found the async function bound/,
  },
  {
    what: "a function that states mode: 'process'",
    exportName: 'apart',
    code: 'WORKER_MODULE_INVALID',
    message: /states mode: 'process', .+ CGI program, or give it a child process of its own$/,
  },
]

const exported = suite('an export')

for (const { use, call } of uses)
  for (const { what, exportName, code, message } of refusals)
    exported(`that is ${what} is refused by ${use}, and is not called`, async () => {
      const gate = new Gate()
      const error = await within(
        10_000,
        rejects(() => call(exportName, gate.memory), code),
      )
      assert.match(error.message, message)
      assert.is(gate.waits, 0)
    })

exported("that states mode: 'blocking' runs, and reentrant: false does not matter", async () => {
  const gate = new Gate()
  const answer = run(refused, gate.memory, { pool, exportName: 'blocks' })
  assert.is(await within(10_000, answer), 'called')
  assert.is(gate.waits, 1)
})

exported('and the threads end', () => within(10_000, pool.close()))

exported.run()

const imports = suite('an import')

const usesOf = (slow: URL) => [
  {
    use: 'blocking()',
    call: async (narrow: typeof pool) =>
      readText((await blocking(slow, { pool: narrow })(request('/'))).body),
  },
  { use: 'run()', call: (narrow: typeof pool) => run(slow, 1, { pool: narrow }) },
  {
    use: 'inWorker()',
    call: (narrow: typeof pool) =>
      readText(inWorker(slow, { pool: narrow, exportName: 'filter' })(toBody('late'))),
  },
]

for (const { use, call } of usesOf(program('waits-at-import')))
  imports(`of ${use} that takes longer than timeoutMs is no running time`, async () => {
    const narrow = workerPool({ threads: 1, timeoutMs: 100 })
    assert.is(await within(10_000, call(narrow)), 'late')
    await within(10_000, narrow.close())
  })

for (const { use, call } of usesOf(program('never-imported')))
  imports(`of ${use} that never ends is a WORKER_TIMEOUT that says how long it took`, async () => {
    const narrow = workerPool({ threads: 1, timeoutMs: 100 })
    const gate = new Gate()
    await run(program('calls'), gate.memory, { pool: narrow, exportName: 'keepsGate' })
    const calling = quiet(call(narrow))
    await within(10_000, gate.begun())
    // Timers fire in order: the pool has looked once when this one does.
    await new Promise((resolve) => setTimeout(resolve, 250))
    const { now } = performance
    performance.now = () => now.call(performance) + 40_000
    try {
      const { message } = await within(
        10_000,
        rejects(() => calling, 'WORKER_TIMEOUT'),
      )
      assert.match(message, /found its module still being imported after 4\d{4} ms$/)
    } finally {
      performance.now = now
    }
    await within(10_000, narrow.close())
  })

imports.run()
