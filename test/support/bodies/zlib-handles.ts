import { createHook } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import zlib from 'node:zlib'
import { turn } from '../within.ts'

/** Ids of zlib's contexts, whatever coding they are for, that have not been freed. */
const alive = new Set<number>()

createHook({
  init(id, type) {
    if (type === 'ZLIB') alive.add(id)
  },
  destroy(id) {
    alive.delete(id)
  },
}).enable()

interface Stream {
  readonly destroyed: boolean
}

const made = new Set<Stream>()
let count = 0

const isMaker = (found: unknown): found is (...options: unknown[]) => Stream =>
  typeof found === 'function'

// A context that nobody can reach is freed by the garbage collector too, some day. That one was closed, only its stream says.
for (const [name, maker] of Object.entries(zlib)) {
  if (!name.startsWith('create') || !isMaker(maker)) continue
  Reflect.set(zlib, name, (...options: unknown[]) => {
    const stream = maker(...options)
    made.add(stream)
    count++
    return stream
  })
}
syncBuiltinESMExports()

/** How many streams have been made so far. */
export const streamsMade = (): number => count

export interface ZlibHandles {
  /** Contexts that are not freed. */
  readonly contexts: number
  /** Streams that were made and are not closed. */
  readonly openStreams: number
}

/** Counts when what is on its way has had its time. */
export const zlibHandles = async (): Promise<ZlibHandles> => {
  const isOpen = (stream: Stream) => !stream.destroyed
  for (let i = 0; i < 100; i++) {
    globalThis.gc?.()
    await turn()
    if (alive.size === 0 && ![...made].some(isOpen)) break
  }
  const openStreams = [...made].filter(isOpen).length
  for (const stream of made) if (stream.destroyed) made.delete(stream)
  return { contexts: alive.size, openStreams }
}

export const noHandles: ZlibHandles = { contexts: 0, openStreams: 0 }
