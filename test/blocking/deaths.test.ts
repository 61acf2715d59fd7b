// @slow 8
// Threads that end, by themselves or by a time-out: what it costs, and that others take their place.
import { spawnSync } from 'node:child_process'
import { blocking, workerPool } from '@sluice/blocking'
import { readBytes, readText } from '@sluice/body'
import { request as blank } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idle } from '../support/blocking/idle.ts'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { collectWarnings } from '../support/blocking/warnings.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { readHead } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { HttpRequest } from '@sluice/stack'

const patient = workerPool({ threads: 1, memoryMb: 32 })
const hasty = workerPool({ threads: 1, timeoutMs: 300 })
let pool = patient
const functionOf = (module: string, exportName = 'default') =>
  blocking(program(module), { pool, exportName })

/** Whether a request is served. */
const quick = async () => {
  const { status, body } = await functionOf('dying', 'quick')(blank())
  await readText(body)
  // Its thread has a turn to itself behind the response.
  await idle(pool)
  return status
}

const deaths = suite('a thread that ends')

deaths(
  'by process.exit() costs its request a 502, and another takes its place',
  serving(async (start) => {
    const site = await start(functionOf('dying', 'exits'))
    for (let i = 0; i < 3; i++) {
      assert.is((await site.ask(get())).status, 502)
      assert.is(await quick(), 200)
    }
    assert.equal(site.told.map(codeOf), ['WORKER_DIED', 'WORKER_DIED', 'WORKER_DIED'])
    assert.match(`${site.told[0]}`, /exited with code 3/)
  }),
)

deaths(
  'behind the head truncates the response, after what was written',
  serving(async (start) => {
    const site = await start(functionOf('dying', 'exitsAfterHead'))
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 1'))
    await client.takeTo('\r\n\r\n3\r\nabc\r\n')
    client.send('!')
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told.map(codeOf), ['WORKER_DIED'])
    assert.is(await quick(), 200)
  }),
)

deaths(
  'while its module is imported costs the same',
  serving(async (start) => {
    const site = await start(functionOf('exits-at-import'))
    assert.is((await site.ask(get())).status, 502)
    assert.equal(site.told.map(codeOf), ['WORKER_DIED'])
    assert.is(await quick(), 200)
  }),
)

deaths(
  'since it is out of memory costs the same, and says so',
  serving(async (start) => {
    const site = await start(functionOf('dying', 'fillsMemory'))
    assert.is((await site.ask(get())).status, 502)
    assert.equal(site.told.map(codeOf), ['WORKER_DIED'])
    const [told] = site.told
    assert.is(codeOf(told instanceof Error ? told.cause : told), 'ERR_WORKER_OUT_OF_MEMORY')
    assert.is(await quick(), 200)
  }),
)

for (const target of ['/timer', '/microtask', '/rejection', '/throw', '/immediate'])
  deaths(`behind its response, by ${target}, costs no request anything`, async () => {
    const collected = collectWarnings()
    for (let i = 0; i < 2; i++) {
      const { body } = await functionOf('dying', 'exitsLater')(blank(target))
      assert.is(await readText(body), 'answered')
      // What it has left runs when its thread's loop turns, which it does now and then between requests.
      while (collected.warnings.length === i) {
        await turn()
        assert.is(await quick(), 200)
      }
    }
    assert.equal(collected.stop().map(codeOf), ['WORKER_DIED', 'WORKER_DIED'])
  })

deaths('takes the whole process with it, if it crashes', () => {
  const { signal, stdout } = spawnSync(process.execPath, [
    'test/blocking/programs/crashing-host.mjs',
  ])
  assert.is(signal, 'SIGSEGV')
  assert.is(stdout.toString(), 'serving\n')
})

deaths.run()

const modules = suite('a module')

modules(
  'that cannot be imported is a 500, whose cause is its own error',
  serving(async (start) => {
    const site = await start(functionOf('throws-at-import'))
    assert.is((await site.ask(get())).status, 500)
    const [told] = site.told
    assert.is(codeOf(told), 'WORKER_MODULE_INVALID')
    assert.match(`${told instanceof Error ? told.cause : told}`, /not today/)
  }),
)

modules('without the export is a 500', async () => {
  await rejects(() => functionOf('dying', 'missing')(blank()), 'WORKER_MODULE_INVALID')
  await rejects(() => functionOf('notes', 'default')(blank()), 'WORKER_MODULE_INVALID')
})

modules('that does not exist is refused at the call', () => {
  throwsAtOnce(() => functionOf('no-such-file'), TypeError)
})

modules('and the threads of a patient pool end', async () => {
  pool = hasty
  await within(10_000, patient.close())
})

modules.run()

const timeouts = suite('a function that takes too long')

timeouts(
  'to import its module, or to start its thread, is not ended for that',
  serving(async (start) => {
    const site = await start(functionOf('waits-at-import'))
    const { status, content } = await site.ask(get())
    assert.equal([status, content], [200, 'late'])
    await site.until(() => pool.running === 0, 'the end of the function')
  }),
)

timeouts(
  'is ended, with a 504 before its head',
  serving(async (start) => {
    const site = await start(functionOf('slow', 'spins'))
    assert.is((await site.ask(get())).status, 504)
    assert.equal(site.told.map(codeOf), ['WORKER_TIMEOUT'])
    assert.is(await quick(), 200)
  }),
)

for (const { target, wanted } of [
  { target: '/chunked', wanted: '3\r\nabc\r\n' },
  { target: '/length', wanted: 'abc' },
])
  timeouts(
    `is ended, with a truncation behind its head: ${target}`,
    serving(async (start) => {
      const site = await start(functionOf('slow', 'spinsAfterHead'))
      const client = await site.connect()
      client.send(get(target))
      assert.is((await readHead(client)).status, 200)
      assert.is((await client.takeRest()).toString(), wanted)
      assert.equal(site.told.map(codeOf), ['WORKER_TIMEOUT'])
      assert.is(await quick(), 200)
    }),
  )

timeouts(
  'in a native call gets its 504 then, and occupies its thread until the call returns',
  serving(async (start) => {
    const site = await start(functionOf('slow', 'sleeps'))
    assert.is((await site.ask(get())).status, 504)
    assert.is(pool.running, 1)
    await idle(pool)
    assert.is(await quick(), 200)
  }),
)

timeouts('behind its response is ended too', async () => {
  const collected = collectWarnings()
  const { body } = await functionOf('slow', 'spinsAfterEnd')(blank())
  assert.is((await readBytes(body)).length, 3)
  await idle(pool)
  assert.is(await quick(), 200)
  assert.equal(collected.stop().map(codeOf), ['WORKER_TIMEOUT'])
})

const waiting = (idleTimeoutMs: number, notes: SharedArrayBuffer, exportName: string) => {
  const work = blocking<object>(program('slow'), { pool, exportName, idleTimeoutMs })
  return (given: HttpRequest) => work(given, { notes })
}

timeouts(
  'since its client sends slowly is not ended',
  serving(async (start) => {
    const notes = sharedNotes()
    const site = await start(waiting(5000, notes, 'waits'))
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 2'))
    // Each wait is longer than what the function may run.
    for (const byte of 'ab') {
      await new Promise((resolve) => setTimeout(resolve, 350))
      client.send(byte)
    }
    assert.is((await readHead(client)).status, 200)
    assert.equal([site.told, notesOf(notes)], [[], []])
    await site.until(() => pool.running === 0, 'the end of the function')
  }),
)

timeouts(
  'since its client sends nothing fails after idleTimeoutMs, on a thread that goes on',
  serving(async (start) => {
    const notes = sharedNotes()
    const site = await start(waiting(100, notes, 'waits'))
    assert.is((await site.ask(request('POST', '/', 'content-length: 1'))).status, 408)
    assert.equal(notesOf(notes), ['CLIENT_TIMEOUT'])
    assert.is((await site.ask(post('/', 'x'))).content, '1')
  }),
)

timeouts(
  'since its client does not read fails after idleTimeoutMs, and its slot is free at once',
  serving(async (start) => {
    const notes = sharedNotes()
    const site = await start(waiting(200, notes, 'writes'))
    const client = await site.connect()
    client.pause()
    client.send(get('/30000000'))
    await site.until(() => notesOf(notes).length > 0, 'the end of the write')
    await site.until(() => pool.running === 0, 'the end of the function')
    assert.equal(notesOf(notes), ['CLIENT_TIMEOUT'])
    assert.is(await quick(), 200)
    client.resume()
    await client.takeRest()
    assert.equal(site.told.map(codeOf), ['CLIENT_TIMEOUT'])
  }),
)

timeouts('and its threads end', () => within(10_000, pool.close()))

timeouts.run()
