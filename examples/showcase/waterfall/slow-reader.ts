// A client that takes a few KiB a second of a stream that makes much more.
import { sleep } from '@sluice/pause'
import { read } from './reader.ts'
import type { Child } from './child.ts'
import type { Tell } from './messages.ts'

const bytesPerSecond = 8192
const sampleMs = 500

/** Tells what the child holds for its slow reader, until the signal aborts. Rejects with what fails before that. */
export const readSlowly = async (child: Child, tell: Tell, signal: AbortSignal): Promise<void> => {
  const { side, port } = child
  const before = await child.measure()
  const start = performance.now()
  let madeBytes = 0
  let readBytes = 0
  const hearNoMore = child.hear('/images', ({ bytes }) => {
    madeBytes += bytes
  })
  const readAll = async () => {
    for await (const { decodedBytes } of read(port, '/images', signal, bytesPerSecond))
      readBytes += decodedBytes
  }
  const sampleAll = async () => {
    for (;;) {
      const { rss } = await child.measure()
      const ms = performance.now() - start
      tell({ kind: 'held', side, ms, rss: rss - before.rss, madeBytes, readBytes })
      await sleep(sampleMs, { signal })
    }
  }
  try {
    await Promise.all([readAll(), sampleAll()])
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    hearNoMore()
  }
}
