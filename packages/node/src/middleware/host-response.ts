// The parts of `http.ServerResponse` and `http2.Http2ServerResponse` that a middleware works with, as one type.

export type Callback = (error?: Error | null) => void

/** A value of a field, as Node keeps it. */
export type FieldValue = number | string | readonly string[]

export interface HostResponse {
  statusCode: number
  statusMessage?: string | undefined
  /** HTTP/1: the text of the head. Node takes it for a sign that the head has been sent, and so do express-session and others. */
  _header?: string | null
  /** HTTP/1: what `writableEnded` returns. */
  finished?: boolean
  readonly destroyed?: boolean
  readonly closed?: boolean
  /** HTTP/2. */
  readonly stream?: { readonly destroyed: boolean; readonly closed: boolean }
  readonly headersSent: boolean
  readonly writableHighWaterMark: number
  writeHead(status: number, ...more: unknown[]): unknown
  write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean
  end(chunk?: unknown, encoding?: unknown, callback?: unknown): unknown
  /** The types of HTTP/2 lack it. */
  flushHeaders?(): void
  /** Not of Node: `compression` has added it. */
  flush?(): void
  addTrailers(trailers: object): void
  setHeader(name: string, value: FieldValue): unknown
  appendHeader?(name: string, value: string | readonly string[]): unknown
  removeHeader(name: string): void
  getHeader(name: string): number | string | string[] | undefined
  getHeaders(): NodeJS.Dict<number | string | readonly string[]>
  getHeaderNames(): string[]
  emit(event: string, ...values: unknown[]): boolean
  once(event: string, listener: (...values: never[]) => void): unknown
  destroy(error?: Error): unknown
}

/** Only the responses of HTTP/2 have a stream. */
export const isHttp2 = (res: object): boolean => 'stream' in res && res.stream !== undefined

/** Whether nothing that is written can arrive: the client has left, or the response is complete. */
export const isGone = ({ stream, destroyed }: HostResponse): boolean =>
  stream === undefined ? destroyed === true : stream.destroyed || stream.closed
