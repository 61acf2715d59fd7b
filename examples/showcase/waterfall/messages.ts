// What the browser is told, one JSON object an event. `ms` counts from the request.
import type { Memory } from './report.ts'

export type Side = 'sluice' | 'node'
export type Stream = 'page' | 'events'

/** What the viewers have switched. */
export interface Switches {
  /** node:http flushes its page by hand. */
  readonly flushed: boolean
  /** A client reads slowly. */
  readonly slow: boolean
  /** The idle streams rest; otherwise they work. */
  readonly paused: boolean
}

/** `starting`: the two processes start. `running`: the page and the events arrive. `failed`: a process cannot be kept running. */
export type Phase = 'starting' | 'running' | 'ready' | 'failed'

export type Message =
  | { readonly kind: 'state'; readonly phase: Phase; readonly switches: Switches }
  | { readonly kind: 'run'; readonly lengthMs: number; readonly flushed: boolean }
  | Made
  | Arrival
  | { readonly kind: 'end'; readonly side: Side; readonly stream: Stream; readonly ms: number }
  | IdleMemory
  | Held
  | { readonly kind: 'failure'; readonly message: string }

/** The source has made a piece of content, of so many bytes. */
export interface Made {
  readonly kind: 'made'
  readonly side: Side
  readonly stream: Stream
  readonly ms: number
  readonly what: string
  readonly bytes: number
}

/** Bytes have arrived, and so many more bytes of content can be read. */
export interface Arrival {
  readonly kind: 'arrival'
  readonly side: Side
  readonly stream: Stream
  readonly ms: number
  readonly wireBytes: number
  readonly decodedBytes: number
}

/** A child's memory without idle streams, and now with so many. */
export interface IdleMemory {
  readonly kind: 'memory'
  readonly side: Side
  readonly streams: number
  readonly paused: boolean
  readonly before: Memory
  readonly now: Memory
}

/** What a slow reader costs: by how much the child's memory has grown, what was made and what was read. */
export interface Held {
  readonly kind: 'held'
  readonly side: Side
  readonly ms: number
  readonly rss: number
  readonly madeBytes: number
  readonly readBytes: number
}

export type Tell = (message: Message) => void
