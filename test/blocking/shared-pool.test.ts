// A pool whose functions wait for its filters: filters have threads of their own, or the pool would wait for itself.
// @slow 5
import { blocking, inWorker, run, workerPool } from '@sluice/blocking'
import { readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { input, output, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { come } from '../support/blocking/come.ts'
import { Gate } from '../support/blocking/gate.ts'
import { idle } from '../support/blocking/idle.ts'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { WorkerPool } from '@sluice/blocking'

const filters = program('filters')
const upperOf = (pool: WorkerPool) => inWorker(filters, { pool, exportName: 'upper' })

/** Up to this time a pool would wait for itself. */
const timeoutMs = 10_000

const shared = suite('a pool of functions and of filters')

/** More than a function may have written ahead: it holds its thread until its output has been filtered. */
const content = 'a'.repeat(1_048_576)

for (const threads of [1, 2])
  for (const { name, around } of [
    { name: 'what they read', around: (pool: WorkerPool) => stack(input(upperOf(pool))) },
    { name: 'what they write', around: (pool: WorkerPool) => stack(output(upperOf(pool))) },
    {
      name: 'both',
      around: (pool: WorkerPool) => stack(input(upperOf(pool)), output(upperOf(pool))),
    },
  ])
    shared(
      `answers if functions on all threads (${threads}) wait for filters of ${name}`,
      serving(async (start) => {
        const pool = workerPool({ threads, timeoutMs })
        const echo = blocking(program('functions'), { pool, exportName: 'echo' })
        const site = await start(around(pool)(echo))
        const clients = await Promise.all(Array.from({ length: threads + 1 }, site.connect))
        for (const client of clients) client.send(post('/', content))
        const answers = await Promise.all(clients.map((client) => readResponse(client)))
        for (const answer of answers) {
          assert.is(answer.status, 201)
          assert.ok(answer.content === content.toUpperCase(), `${answer.content.length} bytes`)
        }
        assert.equal(site.told, [])
        await idle(pool)
        await pool.close()
      }),
    )

shared(
  'filters while functions hold all threads, and calls while filters hold all of theirs',
  serving(async (start) => {
    const pool = workerPool({ threads: 2, queue: 0, timeoutMs })
    const notes = sharedNotes()
    const [functions, steps] = [new Gate(), new Gate()]
    const holds = blocking<object>(program('slow'), { pool, exportName: 'holds' })
    const site = await start((given) => holds(given, { notes, gate: functions.memory }))
    const clients = await Promise.all([site.connect(), site.connect()])
    for (const client of clients) client.send(get())
    await site.until(() => notesOf(notes).length === 2, 'the functions')
    const gated = inWorker(filters, { pool, exportName: 'gated', values: steps.memory })
    const readings = ['one', 'two'].map((text) => readText(gated(toBody(text))))
    await come(() => steps.waits === 2, 'the filters')
    assert.is(pool.running, 4)
    assert.is((await site.ask(get())).status, 503)
    functions.open()
    for (const client of clients) assert.is((await readResponse(client)).content, 'served')
    await come(() => pool.running === 2, 'the end of the functions')
    const called = run(program('calls'), 'x', { pool, exportName: 'returns' })
    assert.is(await within(5000, called), 'x')
    steps.open()
    assert.equal(await within(5000, Promise.all(readings)), ['one', 'two'])
    await idle(pool)
    await pool.close()
  }),
)

shared('lets a body wait for a thread that is ending, whatever its queue is', async () => {
  const pool = workerPool({ threads: 1, queue: 0, timeoutMs })
  const filtered = () => readText(upperOf(pool)(toBody('next')))
  for (let i = 0; i < 20; i++) assert.is(await within(5000, filtered()), 'NEXT')
  const ended = pullFrom(upperOf(pool)(toBody('ended')))
  await within(5000, Promise.resolve(ended.pull()))
  await ended.close()
  assert.equal([pool.running, pool.queued], [1, 0])
  const readings = Promise.all([filtered(), filtered()])
  assert.is(pool.queued, 1)
  assert.equal(await within(5000, readings), ['NEXT', 'NEXT'])
  await idle(pool)
  await pool.close()
})

shared.run()
