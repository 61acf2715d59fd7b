// @slow 4
// @waits
// What a CGI program has started, once the program itself has exited.
import { cgi } from '@sluice/blocking/cgi'
import { closeBody, readText } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gone, head, isAlive, sh } from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

/** Exits at once. What it has started holds its stdout. */
const parent = `${head}; sleep 1000 & echo $!`

/** Those that are left also ignore SIGTERM. */
const stubbornParent = `${head}; (trap '' TERM; while :; do sleep 0.1; done) & echo $!`

const pidOf = async (client: RawClient): Promise<number> => {
  await readHead(client)
  return Number(await readChunk(client))
}

const behind = suite('cgi: what a program leaves behind')

for (const [name, script] of [
  ['SIGTERM', parent],
  ['SIGKILL, if it ignores SIGTERM', stubbornParent],
] as const)
  behind(
    `what holds stdout is ended when the client leaves, by ${name}`,
    serving(async (start) => {
      const site = await start(cgi(sh(script), { killAfterMs: 200 }))
      const client = await site.connect()
      client.send(get())
      const pid = await pidOf(client)
      await gone()
      assert.ok(isAlive(pid))
      client.reset()
      await gone(pid)
      assert.equal(site.told, [])
    }),
  )

behind(
  'what holds stdout and prints nothing is ended after idleTimeoutMs',
  serving(async (start) => {
    const site = await start(cgi(sh(parent), { idleTimeoutMs: 300 }))
    const client = await site.connect()
    client.send(get())
    const pid = await pidOf(client)
    await client.takeRest()
    await gone(pid)
    assert.equal(site.told.map(codeOf), ['CGI_TIMEOUT'])
  }),
)

behind(
  'what holds stdout is ended when the server closes',
  serving(async (start) => {
    const site = await start(cgi(sh(parent)))
    const client = await site.connect()
    client.send(get())
    const pid = await pidOf(client)
    await site.server.close({ graceMs: 0 })
    await gone(pid)
  }),
)

behind('what holds stdout ends with the process of the server', async () => {
  const server = `import { cgi } from '@sluice/blocking/cgi'
    import { request } from '@sluice/stack'
    const { body } = await cgi(['/bin/sh', '-c', ${JSON.stringify(parent)}])(request())
    for await (const { bytes } of body)
      if (bytes !== undefined) {
        process.stdout.write(bytes)
        setTimeout(() => process.exit(), 300)
      }`
  const running = startProgram(process.execPath, ['--input-type=module', '-e', server])
  const [, pid] = await running.printed(/(\d+)\n/)
  assert.is(await running.exited(), 0)
  await gone(Number(pid))
})

behind('its place is taken until the response is over', async () => {
  const program = cgi(sh(stubbornParent), { maxProcesses: 1, queue: 0, killAfterMs: 200 })
  const { body } = await program(made())
  const frames = body[Symbol.asyncIterator]()
  const pid = Number(await textOf(frames))
  await gone()
  await rejects(() => program(made()), 'CGI_BUSY')
  await frames.return?.()
  await rejects(() => program(made()), 'CGI_BUSY')
  await gone(pid)
  for (let code = 'CGI_BUSY'; code !== 'served'; code = await outcomeOf(program))
    assert.is(code, 'CGI_BUSY')
})

/** The first data. A flush may come before it. */
const textOf = async (frames: AsyncIterator<Frame>): Promise<string> => {
  const { value } = await frames.next()
  return value?.kind === 'data' ? Buffer.from(value.bytes).toString() : textOf(frames)
}

const outcomeOf = async (program: Handler): Promise<string> => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  try {
    await closeBody((await program(made())).body)
    return 'served'
  } catch (error) {
    return String(codeOf(error))
  }
}

behind('what does not hold stdout goes on, and takes no place', async () => {
  const job = `${head}; sleep 1000 >/dev/null 2>&1 & echo $!`
  const program = cgi(sh(job), { maxProcesses: 1, queue: 0 })
  const pids: number[] = []
  for (let i = 0; i < 2; i++) pids.push(Number(await readText((await program(made())).body)))
  assert.equal(pids.map(isAlive), [true, true])
  for (const pid of pids) process.kill(pid)
})

behind.run()
