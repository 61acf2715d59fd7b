// How far the source of `durable` runs ahead: no slow client loses what it needs.
import { createHash } from 'node:crypto'
import { data } from '@sluice/body'
import { durable } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { soon, withProcesses } from '../support/hub/processes.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame, Body } from '@sluice/body'

const pace = suite('pace of a durable source')

const keep = { bytes: 2 ** 20 }
const pieceBytes = 2 ** 16

/** A body of numbered pieces, that counts how many were made. */
const numbered = (pieces: number) => {
  const counts = { made: 0 }
  const hash = createHash('sha256')
  async function* source() {
    for (; counts.made < pieces; ) {
      const bytes = new Uint8Array(pieceBytes).fill(counts.made++ % 251)
      hash.update(bytes)
      yield data(bytes)
    }
  }
  return { source, counts, sum: () => hash.copy().digest('hex') }
}

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
    assert.is(hash.digest('hex'), sum())
    // Half of what is kept, the piece that waits, and the one that the reader has.
    assert.ok(ahead <= keep.bytes / 2 + 2 * pieceBytes, `${ahead} bytes ahead`)
  }),
)

pace.run()
