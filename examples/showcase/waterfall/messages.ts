// What the browser is told, one JSON object an event. `ms` counts from the beginning of the run.
import type { Side } from './child.ts'
import type { Memory } from './report.ts'

export type Stream = 'page' | 'events'

export interface Switches {
  /** node:http flushes its page by hand. */
  readonly flushed: boolean
  readonly slow: boolean
  readonly paused: boolean
}

export type Message =
  | { readonly kind: 'state'; readonly phase: Phase; readonly switches: Switches }
  | { readonly kind: 'run'; readonly number: number; readonly lengthMs: number }
  | {
      readonly kind: 'made'
      readonly side: Side
      readonly stream: Stream
      readonly what: string
      readonly ms: number
    }
  | {
      readonly kind: 'arrival'
      readonly side: Side
      readonly stream: Stream
      readonly ms: number
      readonly wireBytes: number
      readonly decodedBytes: number
    }
  | { readonly kind: 'end'; readonly side: Side; readonly stream: Stream; readonly ms: number }
  | {
      readonly kind: 'memory'
      readonly side: Side
      readonly streams: number
      readonly before: Memory
      readonly after: Memory
    }
  | { readonly kind: 'failure'; readonly message: string }

export type Phase = 'starting' | 'running' | 'ready' | 'failed'
