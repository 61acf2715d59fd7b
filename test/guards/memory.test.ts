// Bytes that are allocated a request and a frame: a count of the machine's no more than those of promises are, and GC is what they cost.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import type { RawClient } from '../support/server/raw-client.ts'

const memory = suite('guard: memory')

const mebi = 1_048_576
const youngMebi = 256

/** A process in which nothing young is collected for some hundred MiB; not all versions take the first of these flags. */
const flags = [
  `--min-semi-space-size=${youngMebi}`,
  `--max-semi-space-size=${youngMebi}`,
  '--single-threaded-gc',
]

const numberAt = async (client: RawClient, target: string): Promise<number> => {
  client.send(get(target))
  return Number((await readResponse(client)).content)
}

const field = (n: number) =>
  `x-browser-sends-${n}: a value such as one of those that browsers send\r\n`
const request = `GET /hello HTTP/1.1\r\nhost: localhost\r\n${Array.from({ length: 10 }, (_, n) => field(n)).join('')}\r\n`

const askFor = async (client: RawClient, times: number): Promise<void> => {
  for (let i = 0; i < times; i++) {
    client.send(request)
    await readResponse(client)
  }
}

/** The least of a few: what is compiled meanwhile is allocated too. */
const leastOf = async (measure: () => Promise<number>): Promise<number> => {
  const found: number[] = []
  for (let i = 0; i < 5; i++) found.push(await measure())
  return Math.min(...found.filter((bytes) => bytes > 0))
}

const withServer = (run: (client: RawClient) => Promise<void>) => async () => {
  const program = startProgram(process.execPath, [...flags, 'test/support/server/heap-server.mjs'])
  const [, port] = await program.printed(/listening on (\d+)/)
  const client = await connectTo(Number(port))
  try {
    await run(client)
  } finally {
    client.socket.destroy()
    program.signal('SIGKILL')
    await program.exited()
  }
}

memory(
  'a request of eleven fields through five middlewares that each set a field allocates less than 7 KiB',
  withServer(async (client) => {
    await askFor(client, 2000)
    const bytes = await leastOf(async () => {
      const before = await numberAt(client, '/heap')
      await askFor(client, 1000)
      return ((await numberAt(client, '/heap')) - before) / 1000
    })
    assert.ok(bytes < 7 * 1024, `${bytes} bytes a request`)
    // And it is measured: the request alone is a text of seven hundred bytes.
    assert.ok(bytes > 700, `${bytes} bytes a request`)
  }),
)

memory(
  'a frame of an array through ten filters that pass it on allocates less than 64 bytes: one result of the iterator',
  withServer(async (client) => {
    const frames = 200_000
    await numberAt(client, `/frames/${frames}`)
    const bytes = await leastOf(async () =>
      Math.max(1, await numberAt(client, `/frames/${frames}`)),
    )
    assert.ok(bytes / frames < 64, `${bytes / frames} bytes a frame`)
    assert.ok(bytes < youngMebi * mebi)
  }),
)

memory.run()
