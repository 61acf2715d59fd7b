// How a child talks with the process that started it. Both children do so alike; nothing here is part of the comparison.
import { contentOf } from './content.ts'
import type { Content } from './content.ts'

/** What a child says. Times are milliseconds of the machine's clock. */
export type ChildMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | {
      readonly kind: 'made'
      readonly target: string
      readonly what: string
      readonly bytes: number
      readonly at: number
    }
  | { readonly kind: 'memory'; readonly memory: Memory }

/** Bytes of the child's process. */
export interface Memory {
  readonly rss: number
  readonly heap: number
  readonly external: number
}

/** What a child is told. */
export type ParentMessage =
  | { readonly kind: 'measure'; readonly collect: boolean }
  | { readonly kind: 'work'; readonly on: boolean }

const say = (message: ChildMessage): void => {
  process.send?.(message)
}

/** The content of one request. What is made of it is reported. */
export const reportedContent = (target: string, signal: AbortSignal): Content =>
  contentOf(signal, (what, bytes) =>
    say({ kind: 'made', target, what, bytes, at: performance.timeOrigin + performance.now() }),
  )

const isParentMessage = (message: unknown): message is ParentMessage =>
  typeof message === 'object' && message !== null && 'kind' in message

/** Reports the port, answers questions, and ends the process with the one that started it. */
export const reportTo = (port: number, close: () => void): void => {
  process.on('message', (message) => {
    if (isParentMessage(message) && message.kind === 'measure') measure(message.collect)
  })
  process.once('disconnect', close)
  // Ctrl-C in a terminal reaches all processes. The parent decides when its children end.
  process.on('SIGINT', () => {})
  say({ kind: 'listening', port })
}

/** An idle process does not collect its garbage, and a measurement must not depend on when it last did. */
const measure = (collect: boolean): void => {
  if (collect) for (let i = 0; i < 3; i++) gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  say({ kind: 'memory', memory: { rss, heap: heapUsed, external } })
}
