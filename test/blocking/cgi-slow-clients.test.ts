// @slow 6
// @waits
// Clients of CGI programs that are slow, or do nothing at all: they hold no program for ever, in any host.
import { cgi } from '@sluice/blocking/cgi'
import { readText } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gone, head, sh } from '../support/blocking/cgi-programs.ts'
import { rejects } from '../support/rejects.ts'
import { readContent, readHead } from '../support/server/read-response.ts'
import { request, serving } from '../support/server/serving.ts'
import type { CgiOptions } from '@sluice/blocking/cgi'
import type { HttpRequest } from '@sluice/stack'

const never = 60_000

/** A program that prints its id to stderr first, and the ids. */
const program = (script: string, options: CgiOptions) => {
  const pids: number[] = []
  const onStderr = (line: string) => pids.push(Number(line))
  return { handler: cgi(sh(`echo $$ >&2; ${script}`), { onStderr, ...options }), pids }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A POST whose content stops after its first piece. */
const stalled = (byteLength: number | undefined) => {
  const seen = { closed: 0 }
  const piece = { kind: 'data' as const, bytes: Buffer.from('half') }
  const pulls = [Promise.resolve({ done: false as const, value: piece })]
  const frames = {
    next: () => pulls.shift() ?? new Promise<never>(() => {}),
    async return() {
      seen.closed++
      return { done: true as const, value: undefined }
    },
  }
  const body = {
    [Symbol.asyncIterator]: () => frames,
    ...(byteLength === undefined ? {} : { byteLength }),
  }
  const asked: HttpRequest = { ...made('/', { method: 'POST' }), body }
  return { asked, seen }
}

const slow = suite('cgi: slow clients')

slow('output that is never read ends the program after idleTimeoutMs', async () => {
  const { handler, pids } = program(`${head}; exec sleep 1000`, { idleTimeoutMs: 200 })
  const { body } = await handler(made())
  await pause(400)
  await gone(...pids)
  assert.is((await rejects(() => readText(body), 'CLIENT_TIMEOUT')).status, 408)
  assert.is(pids.length, 1)
})

slow('output that is read no more ends the program after idleTimeoutMs', async () => {
  const { handler, pids } = program(`${head}; exec yes`, { idleTimeoutMs: 200, maxProcesses: 1 })
  const { body } = await handler(made())
  const frames = body[Symbol.asyncIterator]()
  for (let i = 0; i < 3; i++) await frames.next()
  await pause(400)
  await gone(...pids)
  await rejects(async () => {
    while (!(await frames.next()).done);
  }, 'CLIENT_TIMEOUT')
})

slow('content that stops after the head ends the program after idleTimeoutMs', async () => {
  const { asked, seen } = stalled(9)
  const { handler, pids } = program(`${head}; exec cat`, { idleTimeoutMs: 200 })
  const { body } = await handler(asked)
  await rejects(() => readText(body), 'CLIENT_TIMEOUT')
  await gone(...pids)
  assert.is(seen.closed, 1)
})

for (const [name, options] of [
  ['idleTimeoutMs', { idleTimeoutMs: 200, headTimeoutMs: never }],
  ['headTimeoutMs', { idleTimeoutMs: never, headTimeoutMs: 200 }],
] as const)
  for (const [does, script] of [
    ['reads', 'exec cat'],
    ['does not read', 'exec sleep 1000'],
  ] as const)
    slow(
      `content that stops before the head is a 408 after ${name}, if the program ${does}`,
      async () => {
        const { asked, seen } = stalled(9)
        const { handler, pids } = program(script, options)
        assert.is((await rejects(() => handler(asked), 'CLIENT_TIMEOUT')).status, 408)
        await gone(...pids)
        assert.is(seen.closed, 1)
      },
    )

slow('content that is there and not read is a 504 after headTimeoutMs', async () => {
  const asked = made('/', { method: 'POST', body: 'x'.repeat(2_000_000) })
  const limits = { idleTimeoutMs: never, headTimeoutMs: 200 }
  const { handler, pids } = program('exec sleep 1000', limits)
  await rejects(() => handler(asked), 'CGI_TIMEOUT')
  await gone(...pids)
})

slow('content of unknown length that stops is a 408, and no program is started', async () => {
  const { asked, seen } = stalled(undefined)
  const limits = { idleTimeoutMs: 200, maxProcesses: 1, queue: 0 }
  const { handler, pids } = program(`${head}; exec cat`, limits)
  await rejects(() => handler(asked), 'CLIENT_TIMEOUT')
  assert.equal([seen.closed, pids], [1, []])
  assert.is(await readText((await handler(made('/', { method: 'POST', body: 'x' }))).body), 'x')
})

slow(
  'each side has the whole time anew when the other one has done something',
  serving(async (start) => {
    const script = `${head}; read -r line; sleep 1; echo "$line"; head -c 4000000 /dev/zero`
    const site = await start(cgi(sh(script), { idleTimeoutMs: 1600 }))
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 2'))
    const begun = await readHead(client)
    await pause(1000)
    client.send('a\n')
    await client.received(100_000)
    client.pause()
    await pause(1000)
    client.resume()
    assert.is((await readContent(client, begun)).content.length, 4_000_002)
    assert.equal(site.told, [])
  }),
)

slow.run()
