// The same page and the same events, asked of both children at the same moment.
import { read } from './reader.ts'
import type { Child } from './child.ts'
import type { Stream, Tell } from './messages.ts'

const streams: readonly Stream[] = ['page', 'events']

/** Tells all that arrives, until the signal aborts. Rejects with what fails before that. */
export const race = async (
  children: readonly Child[],
  flushed: boolean,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> => {
  const follow = async (child: Child, stream: Stream): Promise<void> => {
    const { side, port } = child
    const target = targetOf(child, stream, flushed)
    const start = performance.now()
    const hearNoMore = child.hear(target, ({ what, bytes, at }) => {
      tell({ kind: 'made', side, stream, ms: at - performance.timeOrigin - start, what, bytes })
    })
    try {
      for await (const { at, wireBytes, decodedBytes } of read(port, target, signal))
        tell({ kind: 'arrival', side, stream, ms: at - start, wireBytes, decodedBytes })
      tell({ kind: 'end', side, stream, ms: performance.now() - start })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      hearNoMore()
    }
  }
  await Promise.all(children.flatMap((child) => streams.map((stream) => follow(child, stream))))
}

let races = 0

/** A target that no other request has: what is made for it is for this one. */
const targetOf = ({ side }: Child, stream: Stream, flushed: boolean): string => {
  const path = stream === 'page' && side === 'node' && flushed ? '/page/flushed' : `/${stream}`
  return `${path}?${++races}`
}
