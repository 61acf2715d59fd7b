// How far the source of `durable` runs ahead: no slow client loses what it needs.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { data, fields } from '@sluice/body'
import { durable } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { soon, withProcesses } from '../support/hub/processes.ts'
import { rejects } from '../support/rejects.ts'
import { serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Readable } from 'node:stream'
import type { AnyFrame, Body } from '@sluice/body'
import type { Process } from '../support/hub/processes.ts'

const pace = suite('pace of a durable source')

const keep = { bytes: 2 ** 20 }
const pieceBytes = 2 ** 16

const topicOf = ({ hub }: Process) => hub.topic('t', { keep })

/** A body of numbered pieces, that counts how many were made. */
const numbered = (pieces: number) => {
  const counts = { made: 0 }
  async function* from(byte: number) {
    for (counts.made = byte / pieceBytes; counts.made < pieces; ) yield data(piece(counts.made++))
  }
  const hash = createHash('sha256')
  for (let i = 0; i < pieces; i++) hash.update(piece(i))
  return { source: () => from(0), from, counts, sum: hash.digest('hex') }
}

const piece = (index: number) => new Uint8Array(pieceBytes).fill(index % 251)

/** Reads to the end, or to a byte. */
const readSlowly = async (
  body: Body<AnyFrame>,
  hash: ReturnType<typeof createHash>,
  each: (bytes: number) => Promise<void> | void,
  to = Number.POSITIVE_INFINITY,
) => {
  let bytes = 0
  for await (const frame of body) {
    if (!('bytes' in frame) || !(frame.bytes instanceof Uint8Array)) continue
    hash.update(frame.bytes)
    bytes += frame.bytes.length
    await each(bytes)
    if (bytes >= to) break
  }
  return bytes
}

pace('64 MiB with 1 MiB kept reach a client that is slower than the source', () =>
  withProcesses(1, async ({ hub }) => {
    const { source, counts, sum } = numbered(1024)
    const hash = createHash('sha256')
    let ahead = 0
    const body = durable(source, hub.topic('t', { keep }))
    const bytes = await within(
      20_000,
      readSlowly(body, hash, async (had) => {
        await turn()
        ahead = Math.max(ahead, counts.made * pieceBytes - had)
      }),
    )
    assert.is(bytes, 64 * 2 ** 20)
    assert.is(hash.digest('hex'), sum)
    // Half of what is kept, the piece that waits, and the one that the reader has.
    assert.ok(ahead <= keep.bytes / 2 + 2 * pieceBytes, `${ahead} bytes ahead`)
  }),
)

const chunkOf = async (stream: Readable): Promise<Uint8Array> => {
  for (;;) {
    const chunk = stream.read()
    if (chunk !== null) return chunk
    await within(soon, once(stream, 'readable'))
  }
}

/** Waits until a source makes nothing more for a while. */
const held = async (counts: { readonly made: number }) => {
  for (let before = -1; before !== counts.made; ) {
    before = counts.made
    await turn(50)
  }
  return counts.made
}

/** Reads pieces one by one. */
const stepping = (body: Body<AnyFrame>) => {
  const frames = body[Symbol.asyncIterator]()
  return {
    async next(): Promise<number | undefined> {
      for (;;) {
        const { done, value } = await within(soon, frames.next())
        if (done) return undefined
        if ('bytes' in value && value.bytes instanceof Uint8Array) return value.bytes[0]
      }
    },
    leave: () => frames.return?.(),
  }
}

pace(
  'a client that stops reading its socket holds the source, and gets 64 MiB whole',
  serving(async (start) =>
    withProcesses(1, async ({ hub }) => {
      const { source, counts, sum } = numbered(1024)
      const topic = hub.topic('t', { keep })
      const { server } = await start(() => ({
        status: 200,
        headers: fields(),
        body: durable(source, topic),
      }))
      const hash = createHash('sha256')
      const socket = get(server.url)
      const [response] = await within(soon, once(socket, 'response'))
      for (let pause = 0; pause < 2; pause++) {
        const made = await held(counts)
        // The rest is in the buffers of the socket.
        assert.ok(made < 512, `${made} pieces made`)
        for (let i = 0; i < 3; i++) {
          globalThis.gc?.()
          await turn(20)
        }
        const { arrayBuffers } = process.memoryUsage()
        assert.ok(arrayBuffers < 12 * 2 ** 20, `${arrayBuffers} bytes in memory`)
        if (pause === 0) for (let i = 0; i < 50; i++) hash.update(await chunkOf(response))
      }
      for await (const chunk of response) hash.update(chunk)
      assert.is(hash.digest('hex'), sum)
      assert.is(counts.made, 1024)
    }),
  ),
)

pace('before the first reader has gone on, and after the last has left, the source waits', () =>
  withProcesses(2, async (one, two) => {
    const { source, counts, sum } = numbered(256)
    const [first, second] = [topicOf(one), topicOf(two)]
    const hash = createHash('sha256')
    const cut = await readSlowly(durable(source, first), hash, () => {}, 40 * pieceBytes)
    assert.is(cut, 40 * pieceBytes)
    assert.ok((await held(counts)) <= 40 + 10)
    const rest = durable(source, second, { fromByte: cut })
    const bytes = await within(
      20_000,
      readSlowly(rest, hash, () => turn()),
    )
    assert.is(bytes, 216 * pieceBytes)
    assert.is(counts.made, 256)
    assert.is(hash.digest('hex'), sum)
  }),
)

pace('a reader in the same process that is slower than another gets all', () =>
  withProcesses(1, async ({ hub }) => {
    const { source, counts, sum } = numbered(256)
    const topic = hub.topic('t', { keep })
    const [fast, slow] = [createHash('sha256'), createHash('sha256')]
    const slower = readSlowly(durable(source, topic), slow, () => turn(3))
    await within(20_000, Promise.all([readSlowly(durable(source, topic), fast, () => {}), slower]))
    assert.equal([fast.digest('hex'), slow.digest('hex'), counts.made], [sum, sum, 256])
  }),
)

for (const [name, loses] of [
  ['in another process', false],
  ['in another process, if messages are lost,', true],
] as const)
  pace(`a reader ${name} holds the source, beside a faster one and alone`, () =>
    withProcesses(
      2,
      async (one, two) => {
        const { source, counts, sum } = numbered(64)
        const [near, far] = [topicOf(one), topicOf(two)]
        const [fast, slow] = [createHash('sha256'), createHash('sha256')]
        const leaving = stepping(durable(source, near))
        assert.is(await leaving.next(), 0)
        const slower = readSlowly(durable(source, far), slow, () => turn())
        await turn(20)
        let messages = 0
        const lost = { kind: 'appended' as const, epoch: 'lost', seq: 1 }
        if (loses)
          for (const { guard } of [one, two])
            guard.message = (pass) => (messages++ % 4 === 0 ? Promise.resolve(lost) : pass())
        const faster = readSlowly(durable(source, near), fast, () => {}, 30 * pieceBytes)
        await leaving.leave()
        assert.is(await within(20_000, faster), 30 * pieceBytes)
        assert.is(await within(20_000, slower), 64 * pieceBytes)
        assert.equal([slow.digest('hex'), counts.made], [sum, 64])
      },
      { leaseMs: 90 },
    ),
  )

pace('a process that is suspended holds the source until it is forgotten', () =>
  withProcesses(
    2,
    async (one, two) => {
      const { source, counts, sum } = numbered(64)
      const [near, far] = [topicOf(one), topicOf(two)]
      const hash = createHash('sha256')
      const first = stepping(durable(source, near))
      assert.is(await first.next(), 0)
      const stalled = stepping(durable(source, far))
      assert.is(await stalled.next(), 0)
      const suspended = deferred()
      two.guard.suspended = suspended.promise
      await within(
        20_000,
        readSlowly(durable(source, near), hash, () => {}, pieceBytes),
      )
      assert.ok((await held(counts)) < 20)
      await first.leave()
      const rest = durable(source, near, { fromByte: pieceBytes })
      await within(
        20_000,
        readSlowly(rest, hash, () => {}),
      )
      assert.is(hash.digest('hex'), sum)
      suspended.resolve()
    },
    { leaseMs: 300 },
  ),
)

pace('a source of produce waits for readers if it says so', () =>
  withProcesses(1, async ({ hub }) => {
    const counts = { made: 0 }
    async function* numbers() {
      while (counts.made < 50) yield counts.made++
    }
    const topic = hub.topic('t', { keep: { entries: 8 } })
    topic.produce({ waitsForReaders: true, open: numbers })
    const found: unknown[] = []
    for await (const item of topic.read()) {
      if (found.length === 0) assert.ok((await held(counts)) < 8)
      found.push(item.kind === 'entry' ? item.value : item.kind)
    }
    assert.equal(found, [...Array(50).keys(), 'end'])
  }),
)

pace('a reader that stalls holds the others, until it leaves', () =>
  withProcesses(1, async ({ hub }) => {
    const { source, counts, sum } = numbered(64)
    const topic = hub.topic('t', { keep })
    const hash = createHash('sha256')
    const stalled = stepping(durable(source, topic))
    assert.is(await stalled.next(), 0)
    const other = readSlowly(durable(source, topic), hash, () => {})
    assert.ok((await held(counts)) < 12)
    await stalled.leave()
    assert.is(await within(soon, other), 64 * pieceBytes)
    assert.is(hash.digest('hex'), sum)
  }),
)

pace('stop, in another process, ends a source that is held', () =>
  withProcesses(2, async (one, two) => {
    const { source, counts } = numbered(64)
    const reader = stepping(durable(source, topicOf(one)))
    await reader.next()
    const made = await held(counts)
    await topicOf(two).stop()
    let had = 1
    while ((await reader.next()) !== undefined) had++
    assert.ok(had <= made)
  }),
)

pace('if a process is closed while its source is held, another continues it', () =>
  withProcesses(2, async (one, two) => {
    const { source, from, counts, sum } = numbered(64)
    const hash = createHash('sha256')
    const reader = stepping(durable(source, topicOf(one)))
    await reader.next()
    const far = topicOf(two)
    const other = readSlowly(durable(source, far, { continueAt: from }), hash, () => turn(2))
    await held(counts)
    await within(soon, one.hub.close())
    assert.is(await within(20_000, other), 64 * pieceBytes)
    assert.is(hash.digest('hex'), sum)
  }),
)

pace('a log that is removed while its source is held fails the reader', () =>
  withProcesses(1, async ({ hub }) => {
    const { source, counts } = numbered(64)
    const topic = hub.topic('t', { keep })
    const reader = stepping(durable(source, topic))
    await reader.next()
    await held(counts)
    await topic.remove()
    await rejects(async () => {
      while ((await reader.next()) !== undefined);
    }, 'BODY_LOST')
  }),
)

for (const limits of [{ entries: 1 }, { entries: 2 }, { entries: 5 }, { bytes: 1 }, { bytes: 100 }])
  pace(`a slow reader gets all with ${JSON.stringify(limits)} kept`, () =>
    withProcesses(1, async ({ hub }) => {
      const { source, sum } = numbered(20)
      const hash = createHash('sha256')
      const topic = hub.topic('t', { keep: limits })
      await within(
        soon,
        readSlowly(durable(source, topic), hash, () => turn(2)),
      )
      assert.is(hash.digest('hex'), sum)
    }),
  )

pace.run()
