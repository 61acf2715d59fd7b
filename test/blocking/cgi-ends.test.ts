// @slow 12
// @waits
// How the run of a CGI program ends early: the client leaves, a time-out, no place. Then nothing is left of it.
import { existsSync } from 'node:fs'
import { cgi } from '@sluice/blocking/cgi'
import { closeBody } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  becomes,
  flag,
  gone,
  head,
  isAlive,
  node,
  openDescriptors,
  sh,
  waiting,
} from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { RawClient } from '../support/server/raw-client.ts'

/** Prints its process id and that of a child, and then waits for ever. */
const family = `${head}; sleep 1000 & echo $$ $!; wait`

const pidsOf = async (client: RawClient): Promise<readonly number[]> => {
  await readHead(client)
  return ((await readChunk(client)) ?? '').trim().split(' ').map(Number)
}

const leaving = suite('cgi: clients that leave')

for (const way of ['reset', 'destroy'] as const)
  leaving(
    `a client that leaves by ${way} ends the program, and what that has started`,
    serving(async (start) => {
      const site = await start(cgi(sh(family)))
      const client = await site.connect()
      client.send(get())
      const pids = await pidsOf(client)
      assert.is(pids.length, 2)
      assert.ok(pids.every(isAlive))
      client[way]()
      await gone(...pids)
      assert.equal(site.told, [])
    }),
  )

leaving(
  'a client that leaves before the head ends the program',
  serving(async (start) => {
    const pids: number[] = []
    const onStderr = (line: string) => pids.push(Number(line))
    const site = await start(cgi(sh('echo $$ >&2; exec sleep 1000'), { onStderr }))
    const client = await site.connect()
    client.send(get())
    await becomes(() => pids.length === 1, 'the program')
    client.reset()
    await gone(...pids)
    assert.equal(site.told, [])
  }),
)

leaving(
  'a cut upload ends the program, which does not take it for all of the content',
  serving(async (start) => {
    const pids: number[] = []
    const lines: string[] = []
    const onStderr = (line: string) => {
      if (line.startsWith('pid')) pids.push(Number(line.slice(4)))
      else lines.push(line)
    }
    const program = 'echo pid $$ >&2; trap "" TERM; cat >/dev/null; echo all >&2'
    const site = await start(cgi(sh(program), { onStderr, killAfterMs: 0 }))
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 100'))
    client.send('half')
    await becomes(() => pids.length === 1, 'the program')
    client.reset()
    await gone(...pids)
    assert.equal([lines.filter((line) => line === 'all').length, site.told], [0, []])
  }),
)

leaving(
  'a program that ignores SIGTERM is ended by SIGKILL, and so is what it has started',
  serving(async (start) => {
    const stubborn = `trap '' TERM; ${head}; (while :; do sleep 0.1; done) & echo $$ $!; while :; do sleep 0.1; done`
    const site = await start(cgi(sh(stubborn), { killAfterMs: 50 }))
    const client = await site.connect()
    client.send(get())
    const pids = await pidsOf(client)
    client.reset()
    await gone(...pids)
  }),
)

leaving(
  'a program may clean up after SIGTERM',
  serving(async (start) => {
    const cleaned = flag()
    const script = `trap 'touch "$1"; exit 0' TERM; ${head}; echo $$; while :; do sleep 0.01; done`
    const site = await start(cgi(sh(script, cleaned.path)))
    const client = await site.connect()
    client.send(get())
    const pids = await pidsOf(client)
    client.reset()
    await gone(...pids)
    assert.ok(existsSync(cleaned.path))
    cleaned.discard()
  }),
)

leaving(
  '200 clients that leave at some point leave no process and no descriptor',
  serving(async (start) => {
    const pids = new Set<number>()
    const onStderr = (line: string) => pids.add(Number(line))
    const program = sh(`echo $$ >&2; ${head}; echo; read -r line; exec sleep 1000`)
    const site = await start(cgi(program, { onStderr, maxProcesses: 8 }))
    await site.round()
    const before = openDescriptors()
    for (let i = 0; i < 200; i++) {
      const client = await site.connect()
      client.send(request('POST', '/', 'content-length: 4'))
      if (i % 4 > 0) await readHead(client)
      if (i % 4 > 1) client.send('a\n')
      if (i % 2 === 0) client.reset()
      else client.destroy()
    }
    await becomes(() => site.server.connections === 0, 'the end of all connections')
    await gone(...pids)
    await site.standstill(() => pids.size)
    await gone(...pids)
    assert.ok(pids.size >= 150, `${pids.size} programs`)
    if (before !== undefined)
      await becomes(() => (openDescriptors() ?? 0) <= before, `${before} descriptors`)
    assert.equal(site.told, [])
  }),
)

leaving('programs end with the process of the server, however it ends', async () => {
  const server = `import { cgi } from '@sluice/blocking/cgi'
    import { request } from '@sluice/stack'
    const { body } = await cgi(['/bin/sh', '-c', ${JSON.stringify(family)}])(request())
    for await (const { bytes } of body)
      if (bytes !== undefined) {
        process.stdout.write(bytes)
        setTimeout(() => process.exit(), 10)
      }`
  const running = startProgram(process.execPath, ['--input-type=module', '-e', server])
  const [, one, two] = await running.printed(/(\d+) (\d+)\n/)
  assert.is(await running.exited(), 0)
  await gone(Number(one), Number(two))
})

leaving('a body that is closed unread ends its program', async () => {
  const pids: number[] = []
  const onStderr = (line: string) => pids.push(Number(line))
  const { body } = await cgi(sh(`echo $$ >&2; ${head}; exec sleep 1000`), { onStderr })(made())
  await becomes(() => pids.length === 1, 'the program')
  await closeBody(body)
  await gone(...pids)
})

leaving.run()

const late = suite('cgi: time-outs')

late(
  'a program without a head in time is a 504, and is ended',
  serving(async (start) => {
    const pids: number[] = []
    const onStderr = (line: string) => pids.push(Number(line))
    const program = 'echo $$ >&2; printf "Status: 200\\n"; exec sleep 1000'
    const site = await start(cgi(sh(program), { headTimeoutMs: 200, onStderr }))
    assert.is((await site.ask(get())).status, 504)
    assert.equal(site.told.map(codeOf), ['CGI_TIMEOUT'])
    await gone(...pids)
  }),
)

late(
  'a program that falls silent is cut off, and is ended',
  serving(async (start) => {
    const site = await start(cgi(sh(family), { idleTimeoutMs: 100 }))
    const client = await site.connect()
    client.send(get())
    const pids = await pidsOf(client)
    await client.takeRest()
    assert.equal(site.told.map(codeOf), ['CGI_TIMEOUT'])
    await gone(...pids)
  }),
)

late(
  'a program that does not end after its output is cut off',
  serving(async (start) => {
    const program = `${head}; echo $$; exec >&-; exec sleep 1000`
    const site = await start(cgi(sh(program), { idleTimeoutMs: 100 }))
    const client = await site.connect()
    client.send(get())
    const pids = await pidsOf(client)
    await client.takeRest()
    assert.equal(site.told.map(codeOf), ['CGI_TIMEOUT'])
    await gone(...pids)
  }),
)

late.run()

const places = suite('cgi: places')

places(
  'one more than maxProcesses waits, one more than the queue is a 503 with Retry-After',
  serving(async (start) => {
    const next = flag()
    const program = cgi(sh(`${waiting} ${head}; echo $QUERY_STRING; wait_for "$1"`, next.path), {
      maxProcesses: 2,
      queue: 1,
    })
    const site = await start(program)
    const running = [await site.connect(), await site.connect()]
    for (const client of running) {
      client.send(get('/?running', 'connection: close'))
      await client.takeTo('running\n')
    }
    const queued = await site.connect()
    queued.send(get('/?queued', 'connection: close'))
    await turn(5)
    await site.round()
    const refused = await site.ask(get('/?refused'))
    assert.equal([refused.status, refused.fields.get('retry-after')], [503, '1'])
    assert.equal(site.told.map(codeOf), ['CGI_BUSY'])
    assert.is(queued.receivedBytes, 0)
    next.raise()
    await queued.takeTo('queued\n')
    for (const client of [...running, queued]) await client.takeRest()
    next.discard()
  }),
)

places(
  'a queued client that leaves gives its place in the queue to the next',
  serving(async (start) => {
    const pids: number[] = []
    const onStderr = (line: string) => pids.push(Number(line))
    const program = sh(`echo $$ >&2; ${head}; echo $QUERY_STRING; read -r line`)
    const site = await start(cgi(program, { maxProcesses: 1, queue: 1, onStderr }))
    const [first, second, third] = [
      await site.connect(),
      await site.connect(),
      await site.connect(),
    ]
    const open = (name: string) => request('POST', `/?${name}`, 'content-length: 2')
    first.send(open('first'))
    await first.takeTo('first\n')
    second.send(open('second'))
    await site.round()
    second.reset()
    await becomes(() => site.server.connections === 2, 'the leaving')
    third.send(open('third'))
    await site.round()
    assert.is(third.receivedBytes, 0)
    first.send('x\n')
    await third.takeTo('third\n')
    third.send('x\n')
    await gone(...pids)
    assert.equal([pids.length, site.told], [2, []])
  }),
)

places('a request that waits too long for a place is a 503', async () => {
  const program = cgi(sh(`${head}; exec sleep 1000`), { maxProcesses: 1, headTimeoutMs: 500 })
  const { body } = await program(made())
  await rejects(() => program(made()), 'CGI_BUSY')
  await closeBody(body)
  const next = await program(made())
  await closeBody(next.body)
})

places('programs that cannot be started take no place', async () => {
  const missing = cgi('/no/such/program', { maxProcesses: 1, queue: 0 })
  for (let i = 0; i < 3; i++) await rejects(() => missing(made()), 'CGI_FAILED')
  const large = cgi(node(''), { maxProcesses: 1, queue: 0, env: { A: 'x'.repeat(4_000_000) } })
  for (let i = 0; i < 3; i++) await rejects(() => large(made()), 'CGI_FAILED')
})

places.run()
