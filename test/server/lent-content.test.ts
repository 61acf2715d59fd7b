// @slow 5
// Sources that reuse their memory with each pull. What the client gets is what was in it before.
import { data, fields } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { firstWrong, pattern } from '../support/bodies/pattern.ts'
import { connectSecurely } from '../support/server/connect-otherwise.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

const mebi = 2 ** 20

/** More than two sockets hold: 6 MiB to receive and 4 MiB to send are the most of Linux. */
const kernelBytes = 16 * mebi

interface Given {
  readonly sizes: readonly number[]
  readonly frames: number
  readonly framing?: 'length' | 'chunked'
  /** Whether each frame comes in a turn of the event loop of its own. */
  readonly waits?: boolean
}

/** A body in one piece of memory, if it is lent. Before each pull is answered, also that of the end, all of it is overwritten. */
const lending = ({ sizes, frames, framing = 'length', waits = false }: Given) => {
  const seen = { lends: 0, pulled: 0, pulls: 0 }
  const sizeOf = (index: number): number => sizes[index % sizes.length] ?? 0
  let byteLength = 0
  for (let index = 0; index < frames; index++) byteLength += sizeOf(index)
  const memory = new Uint8Array(Math.max(...sizes))
  const next = () => {
    memory.fill(0xff)
    if (seen.pulls === frames) return undefined
    const size = sizeOf(seen.pulls++)
    const bytes = pattern(seen.pulled, size)
    seen.pulled += size
    if (seen.lends === 0) return data(bytes)
    memory.set(bytes)
    return data(memory.subarray(0, size))
  }
  const body = fromPull<Frame>(
    () => ({
      lend: () => void seen.lends++,
      pull: () => (waits ? turn().then(next) : next()),
      close() {},
    }),
    framing === 'length' ? byteLength : undefined,
  )
  const handler: Handler = () => ({ status: 200, headers: fields(), body })
  return { seen, byteLength, handler }
}

const reads = async (client: RawClient, byteLength: number): Promise<void> => {
  const { content } = await readResponse(client)
  assert.is(content.length, byteLength)
  assert.is(firstWrong(Buffer.from(content, 'latin1'), 0), undefined)
}

const rows: readonly (Given & { readonly name: string })[] = [
  { name: 'bytes one by one', sizes: [1], frames: 20_000 },
  { name: 'frames of 1,000 bytes', sizes: [1000], frames: 500 },
  { name: 'one byte less than a socket of Node 20 may hold', sizes: [16_383], frames: 200 },
  { name: 'as many bytes as a socket of Node 20 may hold', sizes: [16_384], frames: 200 },
  { name: 'one byte less than a socket of Node 22 may hold', sizes: [65_535], frames: 60 },
  { name: 'as many bytes as a socket of Node 22 may hold', sizes: [65_536], frames: 60 },
  { name: 'one byte more', sizes: [65_537], frames: 60 },
  { name: 'frames that leave in several writes', sizes: [200_000], frames: 20 },
  { name: 'large and small frames', sizes: [65_536, 1, 100_000, 900, 20_000], frames: 100 },
]

const content = suite('server: content that is lent')

for (const { name, ...given } of rows)
  for (const framing of ['length', 'chunked'] as const)
    for (const waits of [false, true])
      content(
        `${name}, ${framing}, ${waits ? 'each in a turn of its own' : 'there at once'}`,
        serving(async (start) => {
          const { seen, byteLength, handler } = lending({ ...given, framing, waits })
          const site = await start(handler)
          const client = await site.connect()
          client.send(get())
          await reads(client, byteLength)
          assert.is(seen.lends, 1)
          assert.equal(site.told, [])
        }),
      )

for (const { size, highWaterBytes } of [
  { size: 65_536, highWaterBytes: 1000 },
  { size: 10_000, highWaterBytes: 65_536 },
  { size: 30_000, highWaterBytes: 65_536 },
  { size: 65_536, highWaterBytes: 65_536 },
  { size: 300_000, highWaterBytes: 300_000 },
])
  content(
    `frames of ${size} bytes, highWaterBytes ${highWaterBytes}, to a client that has stopped reading`,
    serving(async (start) => {
      const frames = Math.ceil((kernelBytes + mebi) / size)
      const { seen, byteLength, handler } = lending({ sizes: [size], frames })
      const site = await start(handler, { highWaterBytes })
      const client = await site.connect()
      client.pause()
      client.send(get())
      const stood = await site.standstill(() => seen.pulled)
      assert.ok(stood > 0 && stood < kernelBytes, `${stood} bytes were pulled`)
      client.resume()
      await reads(client, byteLength)
      assert.is(seen.lends, 1)
    }),
  )
content(
  'over TLS nothing is lent: the socket may hold what was written',
  serving(async (start) => {
    const { seen, byteLength, handler } = lending({ sizes: [65_536, 5000], frames: 200 })
    const { server } = await start(handler, { tls: selfSigned })
    const client = await connectSecurely(server.port)
    client.send(get())
    await reads(client, byteLength)
    assert.is(seen.lends, 0)
    client.destroy()
  }),
)
content(
  'an upload that is sent back comes back as it was sent',
  serving(async (start) => {
    const site = await start(({ body }) => ({ status: 200, headers: fields(), body }))
    const client = await site.connect()
    const bytes = pattern(0, 24 * mebi)
    client.send(request('POST', '/', `content-length: ${bytes.length}`))
    const sent = client.sendAll(bytes)
    await readHead(client)
    for (let at = 0; at < bytes.length; at += mebi)
      assert.is(firstWrong(await client.take(mebi), at), undefined)
    assert.ok(await sent)
  }),
)

content.run()
