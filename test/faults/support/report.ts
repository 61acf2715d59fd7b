/** What a server counts; `told`: handlers that heard of the end of their request; `closed`: bodies whose source was closed. */
export interface Counts {
  started: number
  told: number
  closed: number
  uncaught: number
}

/** What a server says of itself, after a garbage collection. Bytes and milliseconds. */
export interface Report extends Readonly<Counts> {
  readonly heapUsed: number
  readonly external: number
  readonly cpuMs: number
  /** Handles and timers that keep the process alive. */
  readonly resources: number
  /** The longest turn of the event loop since the server was told to watch that, in CPU time; 0 if it was not told. */
  readonly longestHoldMs: number
}

/** Bounds of a server, by the names of `@sluice/server`; the other takes those that it has. */
export interface Options {
  readonly headTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly writeTimeoutMs?: number
  readonly halfClosedTimeoutMs?: number
  /** Serves over TLS, with the certificate for tests. */
  readonly secure?: boolean
  /** The host of the handlers, where there are several. */
  readonly host?: string
  /** Where the ids of all requests for `/id` that reached the handler are written when the process ends. */
  readonly idLog?: string
}

const numbers = [
  'started',
  'told',
  'closed',
  'uncaught',
  'heapUsed',
  'external',
  'cpuMs',
  'resources',
  'longestHoldMs',
]

export const isReport = (message: unknown): message is Report =>
  isRecord(message) && numbers.every((name) => typeof message[name] === 'number')

export const isPort = (message: unknown): message is { readonly port: number } =>
  isRecord(message) && typeof message.port === 'number'

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
