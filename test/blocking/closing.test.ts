// @slow 6
// @waits
// The end of a pool, of a server before it, and of the process.
import { spawnSync } from 'node:child_process'
import { blocking, workerPool } from '@sluice/blocking'
import { request as blank } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { stateOf, within } from '../support/within.ts'

const slow = <V = undefined>(exportName: string, pool: ReturnType<typeof workerPool>) =>
  blocking<V>(program('slow'), { pool, exportName })

const closing = suite('closing')

closing(
  'a server waits for blocking requests within its grace',
  serving(async (start) => {
    const pool = workerPool({ threads: 1 })
    const notes = sharedNotes()
    const gate = new Gate()
    const hold = slow<object>('holds', pool)
    const site = await start((given) => hold(given, { notes, gate: gate.memory }))
    const client = await site.connect()
    client.send(get())
    await site.until(() => notesOf(notes).length === 1, 'the function')
    const closed = site.server.close()
    assert.is(await stateOf(closed), 'pending')
    gate.open()
    assert.is((await readResponse(client)).content, 'served')
    await within(10_000, closed)
    assert.equal(site.told, [])
    await pool.close()
  }),
)

closing('a pool refuses what waits and what comes, and waits for what runs', async () => {
  const pool = workerPool({ threads: 1 })
  const notes = sharedNotes()
  const gate = new Gate()
  const hold = slow<object>('holds', pool)
  const running = hold(blank(), { notes, gate: gate.memory })
  const queued = hold(blank(), { notes, gate: gate.memory }).catch(codeOf)
  const closed = pool.close()
  assert.is(pool.close(), closed)
  assert.is(await queued, 'WORKER_BUSY')
  await rejects(() => hold(blank(), { notes, gate: gate.memory }), 'WORKER_BUSY')
  assert.is(await stateOf(closed), 'pending')
  gate.open()
  assert.is((await running).status, 200)
  await within(10_000, closed)
  await rejects(() => hold(blank(), { notes, gate: gate.memory }), 'WORKER_BUSY')
})

closing('a pool ends what still runs after its grace', async () => {
  const pool = workerPool({ threads: 2 })
  const spins = slow('spins', pool)
  const running = [spins(blank()), spins(blank())].map((each) => each.catch(codeOf))
  await within(10_000, pool.close({ graceMs: 50 }))
  assert.equal(await Promise.all(running), ['WORKER_DIED', 'WORKER_DIED'])
  assert.is(pool.running, 0)
})

closing('a pool that has never run anything is closed at once', () =>
  within(1000, workerPool().close({ graceMs: 0 })),
)

closing('a handler closes its own pool, and not one that is shared', async () => {
  const pool = workerPool({ threads: 1 })
  const shared = slow('quick', pool)
  const own = blocking(program('slow'), { threads: 1, exportName: 'quick' })
  await Promise.all([own(blank()), shared(blank())])
  await Promise.all([own.close(), shared.close()])
  await rejects(() => own(blank()), 'WORKER_BUSY')
  assert.is((await shared(blank())).status, 200)
  await pool.close()
})

closing.run()

const exits = suite('a process')

const hosts = [
  { name: 'ends by itself, though it has idle threads', mode: 'idle' },
  { name: 'ends by itself, though a body was never read', mode: 'unread' },
  { name: 'ends by itself behind close()', mode: 'closed' },
  { name: 'ends by itself behind a thread that died', mode: 'died' },
  { name: 'gets an error if a thread cannot be made, and has its slots', mode: 'no-thread' },
  { name: 'gets an error if a thread fails while it starts, and has its slots', mode: 'no-start' },
]

for (const { name, mode } of hosts)
  exits(name, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['test/blocking/programs/ending-host.mjs', mode],
      { timeout: 20_000 },
    )
    assert.equal([status, stdout.toString(), stderr.toString()], [0, 'done\n', ''])
  })

exits.run()
