// @slow 5
// Clients that leave: what the function gets, and that nothing is left of them. More of them: node build.mjs soak --host blocking.
import { getEventListeners } from 'node:events'
import { blocking, workerPool } from '@sluice/blocking'
import { BodyError } from '@sluice/body'
import { request as blank } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { disconnects as leaveHost } from '../soak/disconnects.ts'
import { Gate } from '../support/blocking/gate.ts'
import { idle } from '../support/blocking/idle.ts'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { codeOf } from '../support/code-of.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { HttpRequest } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'
import type { Site } from '../support/server/serving.ts'

const pool = workerPool({ threads: 1 })

interface Leaving {
  readonly name: string
  readonly module: string
  readonly exportName: string
  readonly sent: string
  /** Comes to the moment at which the client leaves. */
  until(site: Site, client: RawClient, notes: SharedArrayBuffer): Promise<unknown>
  readonly noted: readonly string[]
}

const rows: readonly Leaving[] = [
  {
    name: 'while the module is imported: the function is not called',
    module: 'waits-at-import',
    exportName: 'default',
    sent: get(),
    until: (site) => site.until(() => pool.running === 1, 'its thread'),
    noted: [],
  },
  {
    name: 'while read blocks',
    module: 'slow',
    exportName: 'reads',
    sent: `${request('POST', '/', 'content-length: 9')}half`,
    until: (_site, _client, notes) => noted(notes, 'reads'),
    noted: ['reads', 'READER_GONE'],
  },
  {
    name: 'while write blocks',
    module: 'slow',
    exportName: 'writes',
    sent: get('/90000000'),
    until: async (site, client) => {
      await readHead(client)
      client.pause()
      await site.standstill(() => client.receivedBytes)
    },
    noted: ['READER_GONE'],
  },
  {
    name: 'while the function computes: isGone tells it',
    module: 'slow',
    exportName: 'computes',
    sent: get(),
    until: (_site, _client, notes) => noted(notes, 'began'),
    noted: ['began', 'gone'],
  },
  {
    name: 'once its response is finished: its input is over',
    module: 'slow',
    exportName: 'readsOn',
    sent: request('POST', '/', 'content-length: 9'),
    until: (_site, client) => client.takeTo('0\r\n\r\n'),
    noted: ['finished', 'REQUEST_OVER'],
  },
]

/** Waits until a function has noted something. */
const noted = async (notes: SharedArrayBuffer, line: string): Promise<void> => {
  while (!notesOf(notes).includes(line)) await turn()
}

const disconnects = suite('a client that leaves')

for (const { name, module, exportName, sent, until, noted: wanted } of rows)
  disconnects(
    name,
    serving(async (start) => {
      const notes = sharedNotes()
      const signals: AbortSignal[] = []
      const work = blocking<object>(program(module), { pool, exportName })
      const site = await start((given: HttpRequest) => {
        signals.push(given.client.signal)
        return work(given, { notes })
      })
      const client = await site.connect()
      client.send(sent)
      await within(10_000, until(site, client, notes))
      client.reset()
      await site.until(() => pool.running === 0, 'the end of the function')
      assert.equal(notesOf(notes), wanted)
      assert.equal(site.told, [])
      for (const signal of signals) assert.is(getEventListeners(signal, 'abort').length, 0)
      // The same thread serves the next.
      assert.is(
        (await blocking(program('slow'), { pool, exportName: 'quick' })(blank())).status,
        200,
      )
      await site.until(() => pool.running === 0, 'the end of the function')
    }),
  )

disconnects(
  'while its request is queued: it is never run',
  serving(async (start) => {
    const notes = sharedNotes()
    const gate = new Gate()
    const hold = blocking<object>(program('slow'), { pool, exportName: 'holds' })
    const site = await start((given: HttpRequest) => hold(given, { notes, gate: gate.memory }))
    const [first, second] = [await site.connect(), await site.connect()]
    first.send(get())
    await site.until(() => notesOf(notes).length === 1, 'the function')
    second.send(get())
    await site.until(() => pool.queued === 1, 'its place')
    second.reset()
    await site.until(() => pool.queued === 0, 'that it has left')
    gate.open()
    assert.is((await readResponse(first)).content, 'served')
    await site.until(() => pool.running === 0, 'the end of the function')
    assert.equal([notesOf(notes), site.told], [['began'], []])
  }),
)

disconnects('while its slot is on its way: it is never run, and the slot is free', async () => {
  const notes = sharedNotes()
  const gate = new Gate()
  const hold = blocking<object>(program('slow'), { pool, exportName: 'holds' })
  const first = hold(blank(), { notes, gate: gate.memory })
  const leaving = new AbortController()
  const { signal } = leaving
  const gone = new BodyError('READER_GONE', 'Cannot write: the client has gone')
  // A request that gets its slot listens no longer: just then its client leaves.
  signal.removeEventListener = (...args: Parameters<AbortSignal['removeEventListener']>) => {
    AbortSignal.prototype.removeEventListener.apply(signal, args)
    queueMicrotask(() => leaving.abort(gone))
  }
  const second = hold(blank('/', { client: { ...blank().client, signal } }), {
    notes,
    gate: gate.memory,
  })
  gate.open()
  await first
  assert.is(
    await within(
      10_000,
      second.then(({ status }) => status, codeOf),
    ),
    'READER_GONE',
  )
  await idle(pool)
  assert.equal(notesOf(notes), ['began'])
  assert.is(getEventListeners(signal, 'abort').length, 0)
})

const unread = suite('a response whose content is not sent')

for (const { name, method, status } of [
  { name: 'HEAD', method: 'HEAD', status: 200 },
  { name: 'a 204', method: 'GET', status: 204 },
  { name: 'a 304', method: 'GET', status: 304 },
])
  unread(
    `${name}: write tells the function that the request is over`,
    serving(async (start) => {
      const notes = sharedNotes()
      const work = blocking<object>(program('slow'), { pool, exportName: 'writesMuch' })
      const site = await start((given: HttpRequest) => work(given, { notes, status }))
      const response = await site.ask(request(method, '/'))
      assert.equal([response.status, response.content], [status, ''])
      await site.until(() => pool.running === 0, 'the end of the function')
      assert.equal(notesOf(notes), ['REQUEST_OVER'])
      assert.equal(site.told, [])
    }),
  )

const many = suite('200 clients that leave at a random time')

// Descriptors are counted in /proc.
if (process.platform === 'linux')
  many('nothing of their functions, threads and memory is left', async () => {
    const bad = (await leaveHost(200, 'blocking')).filter(({ good }) => !good)
    assert.equal(
      bad.map(({ name, found }) => `${name}: ${found}`),
      [],
    )
  })

unread('and its threads end', () => within(10_000, pool.close()))

disconnects.run()
many.run()
unread.run()
