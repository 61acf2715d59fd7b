// Requests that wait for a thread: how many, how long, and what becomes of the others.
import { blocking, workerPool } from '@sluice/blocking'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { codeOf } from '../support/code-of.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import type { WorkerPool, WorkerPoolOptions } from '@sluice/blocking'
import type { Handler } from '@sluice/stack'
import type { Start } from '../support/server/serving.ts'

const queue = suite('the queue of a pool')

interface Held {
  readonly pool: WorkerPool
  readonly notes: SharedArrayBuffer
  readonly handler: Handler
  /** Lets all functions go. */
  open(): void
}

/** A test with functions that hold their threads until it lets them go. */
const held = (options: WorkerPoolOptions, run: (start: Start, held: Held) => Promise<void>) =>
  serving(async (start) => {
    const pool = workerPool(options)
    const notes = sharedNotes()
    const gate = new Gate()
    const hold = blocking<object>(program('slow'), { pool, exportName: 'holds' })
    const read = blocking<object>(program('slow'), { pool, exportName: 'waits' })
    const handler: Handler = (given) =>
      given.method === 'POST' ? read(given, { notes }) : hold(given, { notes, gate: gate.memory })
    try {
      await run(start, { pool, notes, handler, open: () => gate.open() })
    } finally {
      gate.open()
      await pool.close()
    }
  })

queue(
  'holds as many as it may, and one more is a 503 that says when to come again',
  held({ threads: 2, queue: 3 }, async (start, { pool, notes, handler, open }) => {
    const site = await start(handler)
    const clients = await Promise.all(Array.from({ length: 5 }, site.connect))
    for (const client of clients) client.send(get())
    await site.until(() => notesOf(notes).length === 2, 'two functions')
    assert.equal([pool.running, pool.queued], [2, 3])
    const refused = await site.ask(get())
    assert.equal([refused.status, refused.fields.get('retry-after')], [503, '1'])
    assert.equal(site.told.map(codeOf), ['WORKER_BUSY'])
    open()
    for (const client of clients) {
      const { status, content } = await readResponse(client)
      assert.equal([status, content], [200, 'served'])
    }
    await site.until(() => pool.running === 0, 'the end of all')
    assert.equal([pool.running, pool.queued, notesOf(notes).length], [0, 0, 5])
  }),
)

queue(
  'may have no place at all',
  held({ threads: 1, queue: 0 }, async (start, { notes, handler, open }) => {
    const site = await start(handler)
    const client = await site.connect()
    client.send(get())
    await site.until(() => notesOf(notes).length === 1, 'the function')
    assert.is((await site.ask(get())).status, 503)
    open()
    assert.is((await readResponse(client)).content, 'served')
  }),
)

queue(
  'is left with a 503 after timeoutMs; the function that only waits goes on',
  held({ threads: 1, timeoutMs: 200 }, async (start, { pool, handler }) => {
    const site = await start(handler)
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 1'))
    await site.until(() => pool.running === 1, 'the function')
    const refused = await site.ask(get())
    assert.equal([refused.status, refused.fields.get('retry-after')], [503, '1'])
    assert.is(pool.queued, 0)
    client.send('x')
    assert.is((await readResponse(client)).content, '1')
    assert.equal(site.told.map(codeOf), ['WORKER_BUSY'])
  }),
)

queue(
  'is in order, and loses those whose clients leave',
  held({ threads: 1 }, async (start, { pool, notes, handler, open }) => {
    const site = await start(handler)
    const first = await site.connect()
    first.send(get())
    await site.until(() => notesOf(notes).length === 1, 'the function')
    const clients = await Promise.all(Array.from({ length: 4 }, site.connect))
    for (const client of clients) {
      const before = pool.queued
      client.send(get())
      await site.until(() => pool.queued === before + 1, 'its place')
    }
    clients[0]?.reset()
    clients[2]?.destroy()
    await site.until(() => pool.queued === 2, 'the two that stay')
    open()
    const order: number[] = []
    await Promise.all(
      [1, 3].map(async (each) => {
        const client = clients[each]
        if (client !== undefined) await readResponse(client)
        order.push(each)
      }),
    )
    assert.equal(order, [1, 3])
    await site.until(() => pool.running === 0, 'the end of all')
    // The two that have left were never run.
    assert.equal([notesOf(notes).length, site.told], [3, []])
  }),
)

queue.run()
