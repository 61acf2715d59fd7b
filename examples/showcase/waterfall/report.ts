// How a child talks with the process that started it. Both children use it; nothing here is part of the comparison.
import { deferred } from '@sluice/body/engine'
import { contentOf, usualMs } from './content.ts'
import type { Content, Reader } from './content.ts'

/** What a child says. */
export type ChildMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | Creation
  | { readonly kind: 'memory'; readonly memory: Memory }

/** Content has been made for a request. */
export interface Creation {
  readonly kind: 'made'
  readonly target: string
  readonly what: string
  readonly bytes: number
  /** Milliseconds since 1970, by the clock that all processes of the machine share. */
  readonly at: number
}

/** Bytes of a child, after it has collected its garbage. */
export interface Memory {
  readonly rss: number
  readonly heap: number
  readonly external: number
}

/** What a child is told. */
export type ParentMessage =
  | { readonly kind: 'measure' }
  | { readonly kind: 'work'; readonly isOn: boolean }

/** The end of targets that are only asked for so that all is compiled: their content is made faster. */
export const warmUp = '?warm'
const warmMs = 10

const say = (message: ChildMessage): void => {
  process.send?.(message)
}

/** All idle streams wait for one promise. */
const shift = {
  isOn: false,
  begins: async (): Promise<void> => {
    if (!shift.isOn) await begun.promise
  },
}
let begun = deferred<void>()

/** The content of one request. What is made of it is reported. */
export const contentFor = (target: string, reader: Reader): Content => {
  const made = (what: string, bytes: number) => {
    const at = performance.timeOrigin + performance.now()
    say({ kind: 'made', target, what, bytes, at })
  }
  return contentOf(reader, made, shift, target.endsWith(warmUp) ? warmMs : usualMs)
}

/** Reports the port, and does what the parent says. The process ends with its parent. */
export const reportTo = (port: number): void => {
  process.on('message', (message) => {
    if (!isParentMessage(message)) return
    if (message.kind === 'measure') measure()
    else work(message.isOn)
  })
  process.once('disconnect', () => process.exit(0))
  // Ctrl-C reaches all processes of a terminal. The parent decides when its children end.
  process.on('SIGINT', () => {})
  say({ kind: 'listening', port })
}

const isParentMessage = (message: unknown): message is ParentMessage =>
  typeof message === 'object' && message !== null && 'kind' in message

/** An idle process does not collect its garbage, and what is measured must not depend on when it last did. */
const measure = (): void => {
  for (let i = 0; i < 2; i++) globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  say({ kind: 'memory', memory: { rss, heap: heapUsed, external } })
}

const work = (isOn: boolean): void => {
  shift.isOn = isOn
  if (!isOn) return
  begun.resolve()
  begun = deferred()
}
