// @seconds 180
// @slow 10
// @waits
// The example of several processes: no request fails while they are restarted one by one, or while one is killed.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { connectTo } from '../support/server/raw-client.ts'
import { readContent, readHead, readResponse } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import type { RunningProgram } from '../support/repository/running-program.ts'

const { file, discard } = await compileFile('examples/cluster/app.ts')

interface Running {
  readonly program: RunningProgram
  readonly port: number
  /** Asks on a connection of its own, and gives the number of the process that answered. */
  ask(): Promise<string>
}

const running = async (run: (running: Running) => Promise<void>) => {
  const program = startProgram(process.execPath, [file], { env: { PORT: '0', WORKERS: '2' } })
  try {
    const [, port = ''] = await program.printed(/curl .*:(\d+)\/cluster\n/)
    const ask = async () => {
      const client = await connectTo(Number(port))
      client.send(get('/cluster', 'connection: close'))
      const { status, content } = await readResponse(client)
      client.destroy()
      assert.is(status, 200)
      return processOf(content)
    }
    await run({ program, port: Number(port), ask })
  } finally {
    program.signal('SIGKILL')
    await program.exited()
  }
}

/** A whole answer, begun and ended by one process. */
const processOf = (content: string): string => {
  const [, pid = ''] = /^process (\d+) begins\nprocess \1 ends\n$/.exec(content) ?? []
  assert.is.not(pid, '', JSON.stringify(content))
  return pid
}

const several = suite('examples: cluster')

/** Asks until two processes have answered. */
const twoOf = async (ask: () => Promise<string>): Promise<ReadonlySet<string>> => {
  const seen = new Set<string>()
  while (seen.size < 2) for (const pid of await Promise.all([ask(), ask(), ask()])) seen.add(pid)
  return seen
}

several('several processes answer on one port', () =>
  running(async ({ ask }) => {
    assert.is((await twoOf(ask)).size, 2)
  }),
)

several('requests go on without a failure while all are restarted, three times', () =>
  running(async ({ program, ask }) => {
    const before = await twoOf(ask)
    let over = false
    let answers = 0
    const asking = Array.from({ length: 16 }, async () => {
      while (!over) {
        await ask()
        answers++
      }
    })
    for (let times = 1; times <= 3; times++) {
      process.kill(program.pid, 'SIGHUP')
      await program.printed(new RegExp(`(restarted[^]*){${times}}`))
    }
    over = true
    await Promise.all(asking)
    assert.ok(answers >= 32, `${answers} answers`)
    const after = await twoOf(ask)
    assert.equal(
      [...after].filter((pid) => before.has(pid)),
      [],
    )
    assert.not.match(program.output, /Error|ended with/)
  }),
)

several('connections that are kept open are closed between answers, never within one', () =>
  running(async ({ program, port }) => {
    let over = false
    let closes = 0
    const keeping = Array.from({ length: 8 }, async () => {
      while (!over) {
        const client = await connectTo(port)
        for (let keep = true; keep && !over; ) {
          client.send(get('/cluster'))
          // A request that meets the closing of its connection is sent again; an answer that has begun comes whole.
          const head = await readHead(client).catch(() => undefined)
          if (head === undefined) {
            assert.is(client.text, '')
            break
          }
          processOf((await readContent(client, head)).content)
          keep = head.fields.get('connection') !== 'close'
        }
        closes++
        client.destroy()
      }
    })
    process.kill(program.pid, 'SIGHUP')
    await program.printed(/restarted/)
    over = true
    await Promise.all(keeping)
    assert.ok(closes >= 8)
  }),
)

several('one that is killed is replaced, and the other answers meanwhile', () =>
  running(async ({ program, ask }) => {
    const [victim = ''] = await twoOf(ask)
    process.kill(Number(victim), 'SIGKILL')
    await program.printed(new RegExp(`process ${victim} ended with SIGKILL`))
    const now = await twoOf(ask)
    assert.not(now.has(victim))
  }),
)

several('SIGTERM: what runs is answered, then all processes end', () =>
  running(async ({ program, port }) => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => connectTo(port)))
    const heads = await Promise.all(
      clients.map((client) => {
        client.send(get('/cluster'))
        return readHead(client)
      }),
    )
    process.kill(program.pid, 'SIGTERM')
    for (const [i, client] of clients.entries()) {
      const head = heads[i]
      if (head !== undefined) processOf((await readContent(client, head)).content)
      client.destroy()
    }
    assert.is(await program.exited(), 0)
  }),
)

several('SIGINT to all of them, as a terminal sends it, is one signal', () =>
  running(async ({ program, port }) => {
    const client = await connectTo(port)
    client.send(get('/cluster'))
    const head = await readHead(client)
    program.signal('SIGINT')
    processOf((await readContent(client, head)).content)
    client.destroy()
    assert.is(await program.exited(), 0)
  }),
)

several.after(discard)
several.run()
