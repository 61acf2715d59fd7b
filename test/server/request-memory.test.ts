// Content that comes fast is read into memory that is given away with it; for a reader that keeps nothing, into the same again.
import { createHash, randomBytes } from 'node:crypto'
import { isData, lent } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProcess } from '../support/runner/run-process.mjs'
import { readResponse } from '../support/server/read-response.ts'
import { request, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { Body } from '@sluice/body'
import type { Handler } from '@sluice/stack'

const memory = suite('server: memory of a fast upload')

/** Bytes of the memory that is given away. */
const ownBytes = 131_072

const content = randomBytes(8 * 1_048_576)
const wanted = createHash('sha256').update(content).digest('hex')

const withLength = (target: string) =>
  Buffer.concat([
    Buffer.from(request('POST', target, `content-length: ${content.length}`)),
    content,
  ])

/** In chunks that no read ends with. */
const inChunks = (target: string) => {
  const parts = [Buffer.from(request('POST', target, 'transfer-encoding: chunked'))]
  for (let at = 0; at < content.length; at += 70_001) {
    const chunk = content.subarray(at, at + 70_001)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const framings = { 'a length': withLength, chunks: inChunks }

const hashOf = (parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Reads all frames and keeps them. */
const keep = async (body: Body): Promise<readonly Uint8Array[]> => {
  const kept: Uint8Array[] = []
  for await (const frame of body) if (isData(frame)) kept.push(frame.bytes)
  return kept
}

interface Read {
  readonly hash: string
  /** How many frames lay in each memory of its own. */
  readonly frames: ReadonlyMap<ArrayBufferLike, number>
}

/** Reads lent frames, and holds each `every`th for some turns, in which its bytes must not change. */
const readLent = async (body: Body, every = Number.POSITIVE_INFINITY): Promise<Read> => {
  const hash = createHash('sha256')
  let read = 0
  const frames = new Map<ArrayBufferLike, number>()
  for await (const frame of lent(body)) {
    if (!isData(frame)) continue
    const { buffer } = frame.bytes
    if (buffer.byteLength === ownBytes) frames.set(buffer, (frames.get(buffer) ?? 0) + 1)
    if (++read % every === 0) await turn(3)
    hash.update(frame.bytes)
  }
  return { hash: hash.digest('hex'), frames }
}

for (const [name, framed] of Object.entries(framings)) {
  memory(
    `with ${name}: frames that a handler keeps stay as they came, and keep no more than three times their bytes`,
    serving(async (start) => {
      let kept: readonly Uint8Array[] = []
      const site = await start(async ({ body }) => {
        kept = await keep(body)
        return text('read')
      })
      const client = await site.connect()
      client.send(framed('/'))
      await readResponse(client)
      assert.is(hashOf(kept), wanted)
      const memories = new Set(kept.map(({ buffer }) => buffer))
      const own = [...memories].filter(({ byteLength }) => byteLength === ownBytes)
      assert.ok(own.length > 1, `${own.length} of ${memories.size} given away`)
      const keptBytes = [...memories].reduce((sum, { byteLength }) => sum + byteLength, 0)
      assert.ok(keptBytes <= 3 * content.length, `${keptBytes} bytes are kept`)
    }),
  )
  memory(
    `with ${name}: a reader of lent frames has them in the same memory again and again`,
    serving(async (start) => {
      let read: Read | undefined
      const site = await start(async ({ body }) => {
        read = await readLent(body)
        return text('read')
      })
      const client = await site.connect()
      client.send(framed('/'))
      await readResponse(client)
      assert.is(read?.hash, wanted)
      const most = Math.max(...(read?.frames.values() ?? []))
      assert.ok(most >= 8, `at most ${most} frames in one memory, in ${read?.frames.size}`)
    }),
  )
  for (const every of [1, 4, 7])
    memory(
      `with ${name}: lent frames do not change while their reader waits, at every ${every}, for something else`,
      serving(async (start) => {
        const site = await start(async ({ body }) => text((await readLent(body, every)).hash))
        const client = await site.connect()
        client.send(framed('/'))
        assert.is((await readResponse(client)).content, wanted)
      }),
    )
}

/** `/keep` keeps its frames beyond its answer, `/lent` and others do not. */
const mixed = () => {
  const kept: (readonly Uint8Array[])[] = []
  const handler: Handler = async ({ target, body }) => {
    if (target !== '/keep') return text((await readLent(body)).hash)
    const frames = await keep(body)
    kept.push(frames)
    return text(hashOf(frames))
  }
  return { kept, handler }
}

memory(
  'what one request keeps is not read into by the next, which lies behind it in the same memory',
  serving(async (start) => {
    const { kept, handler } = mixed()
    const site = await start(handler)
    const client = await site.connect()
    const targets = ['/keep', '/lent', '/keep', '/lent', '/lent', '/keep']
    const upload = (target: string) => (target === '/keep' ? inChunks : withLength)(target)
    client.send(Buffer.concat(targets.map(upload)))
    for (const target of targets) assert.is((await readResponse(client)).content, wanted, target)
    assert.equal(kept.map(hashOf), [wanted, wanted, wanted])
  }),
)

/** Answers when so much of its content has come that the next read has memory of its own. */
const early: Handler = async ({ body }) => {
  let bytes = 0
  for await (const frame of body) {
    if (isData(frame)) bytes += frame.bytes.length
    if (bytes > 190_000) break
  }
  return text('early')
}

memory(
  'nor is what lies before it in its own first memory',
  serving(async (start) => {
    let kept: readonly Uint8Array[] = []
    // Reads what is there without a wait, so that the next request is parsed in the same turn.
    const atOnce: Handler = ({ body }) => {
      const source = pullFrom(body)
      const frame = source.pull()
      if (frame !== undefined && 'kind' in frame && isData(frame)) kept = [frame.bytes]
      return text('at once')
    }
    const { handler } = mixed()
    const handlers: Record<string, Handler> = { '/early': early, '/at-once': atOnce }
    const site = await start((asked) => (handlers[asked.target] ?? handler)(asked))
    const client = await site.connect()
    // Until the kernel takes much at once.
    client.send(withLength('/lent'))
    assert.is((await readResponse(client)).content, wanted)
    // Three reads into the shared memory. The fourth has the end of one request, another whole, and the beginning of the next.
    const begins = Buffer.from(request('POST', '/early', 'content-length: 271000'))
    const small = Buffer.from(request('POST', '/at-once', 'content-length: 1000'))
    const sent = content.subarray(0, 1000)
    client.send(Buffer.concat([begins, Buffer.alloc(271_000), small, sent, withLength('/lent')]))
    assert.is((await readResponse(client)).content, 'early')
    assert.is((await readResponse(client)).content, 'at once')
    assert.is((await readResponse(client)).content, wanted)
    assert.is(hashOf(kept), hashOf([sent]))
  }),
)
memory(
  'nor is what was read before a reader said that it keeps nothing, too late',
  serving(async (start) => {
    const kept: Uint8Array[] = []
    const site = await start(async ({ body }) => {
      const source = pullFrom(body)
      const hash = createHash('sha256')
      for (let at = 0; ; at++) {
        const frame = await source.pull()
        if (frame === undefined) return text(hash.digest('hex'))
        if (!isData(frame)) continue
        if (at < 20) kept.push(Buffer.from(frame.bytes), frame.bytes)
        hash.update(frame.bytes)
        source.lend?.()
      }
    })
    const client = await site.connect()
    client.send(withLength('/'))
    assert.is((await readResponse(client)).content, wanted)
    for (let at = 0; at < kept.length; at += 2) assert.equal(kept[at], kept[at + 1])
  }),
)
memory(
  'content that comes slowly behind fast content has no memory of its own',
  serving(async (start) => {
    const kept: Uint8Array[] = []
    const site = await start(async ({ body }) => {
      for await (const frame of body) if (isData(frame)) kept.push(frame.bytes)
      return text('read')
    })
    const client = await site.connect()
    const [fast, slow, rest] = [1_048_576, 50 * 100, 1_048_576]
    client.send(request('POST', '/', `content-length: ${fast + slow + rest}`))
    client.send(content.subarray(0, fast))
    const bytes = () => kept.reduce((sum, { length }) => sum + length, 0)
    await site.until(() => bytes() === fast, 'the fast part')
    const before = kept.length
    for (let sent = fast; sent < fast + slow; sent += 100) {
      client.send(content.subarray(sent, sent + 100))
      await site.until(() => bytes() === sent + 100, 'a slow part')
    }
    const own = kept.slice(before).filter(({ buffer }) => buffer.byteLength === ownBytes)
    assert.is(kept.length - before, 50)
    assert.ok(own.length <= 1, `${own.length} of ${kept.length - before}`)
    client.send(content.subarray(fast + slow, fast + slow + rest))
    await readResponse(client)
  }),
)
memory(
  'many upload at once, some keep, some do not, some leave early',
  serving(async (start) => {
    const { kept, handler } = mixed()
    const site = await start(handler)
    const upload = async (at: number) => {
      const client = await site.connect()
      client.send((at % 2 === 0 ? inChunks : withLength)(at % 3 === 0 ? '/keep' : '/lent'))
      if (at % 5 === 4) {
        await site.round()
        return client.destroy()
      }
      assert.is((await readResponse(client)).content, wanted, `${at}`)
      return undefined
    }
    await Promise.all(Array.from({ length: 12 }, (_, at) => upload(at)))
    for (const frames of kept) assert.is(hashOf(frames), wanted)
  }),
)

memory('an exception that the process survives never has a handler read other bytes', async () => {
  const { code, output } = await runProcess(process.execPath, [
    'test/support/server/surviving-server.mjs',
  ])
  assert.is(code, 0, output)
  const { cut, right, wrong, listeners } = JSON.parse(output)
  assert.is(wrong, 0, output)
  assert.ok(cut > 0 && cut + right === 40, output)
  assert.is(listeners, 0)
})

memory.run()
