// A row: what an app writes behind a middleware that compresses, and what the client sees. The tests of the npm package
// `compression` cover these facts. test/node/ tries the rows on ours, test/hosts/ on `compression` itself.
import * as assert from 'uvu/assert'
import { codings } from '../bodies/codings.ts'
import { turn } from '../within.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fields } from '@sluice/body'
import type { CompressOptions } from '@sluice/compress'
import type { WireResponse } from '../server/read-response.ts'
import type { Listener, StartNode } from './in-node.ts'

/** A response as an app behind the middleware has it. */
export interface FlushableResponse extends ServerResponse {
  flush(): void
}

/** Turns of the event loop that the server has to hear of the end. */
const turns = 500

/** Notes what the app saw, in order. */
export type Note = (seen: string) => void

export interface Wanted {
  /** 200 by default. */
  readonly status?: number
  /** `none` by default, `any` for any or none. */
  readonly coding?: 'any' | 'gzip' | 'deflate' | 'br' | 'zstd' | 'x-own' | 'identity' | 'none'
  /** Whether the response says that it depends on Accept-Encoding; not looked at by default. */
  readonly varies?: boolean
  /** Decoded. */
  readonly content?: string
  /** Other fields; `undefined` for one that must be missing. */
  readonly fields?: Readonly<Record<string, string | undefined>>
  /** Fields whose value is not always the same. */
  readonly matches?: Readonly<Record<string, RegExp>>
  /** The head as it stands on the wire. */
  readonly head?: RegExp
  readonly trailers?: Readonly<Record<string, string>>
  readonly noted?: readonly string[]
}

/** A request, and what comes of it. */
export interface Exchange {
  /** GET by default. */
  readonly method?: string
  /** `/` by default. */
  readonly target?: string
  /** Accept-Encoding; `gzip` by default, `undefined` for none. */
  readonly accepts?: string | undefined
  readonly lines?: readonly string[]
}

export interface Row extends Exchange {
  readonly name: string
  /** 0 by default: all of the content is compressed. */
  readonly minBytes?: number
  readonly options?: CompressOptions
  /** The same as `options`, for `compression`. */
  readonly theirOptions?: Readonly<Record<string, unknown>>
  readonly app: (req: IncomingMessage, res: FlushableResponse, note: Note) => void
  readonly wanted: Wanted
  /** What `compression` does otherwise, and why we do not. */
  readonly differs?: { readonly because: string; readonly theirs: Wanted | 'fails' }
}

/** A middleware of `(req, res, next)`, of ours or of another. */
export type ConnectMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown

/** The app of a row behind a middleware; what the middleware passes to `next` is a 500. */
export const behind =
  (
    middleware: ConnectMiddleware,
    app: (req: IncomingMessage, res: FlushableResponse) => unknown,
  ): Listener =>
  (req, res) =>
    middleware(req, res, (error) => {
      if (error !== undefined) {
        res.statusCode = 500
        res.end(`next: ${String(error)}`)
      } else if (hasFlush(res)) runOrCut(() => app(req, res), res)
      else res.writeHead(500).end('found no res.flush')
    })

/** An app that throws sends nothing more: the client sees that. */
const runOrCut = (run: () => unknown, res: ServerResponse): void => {
  try {
    run()
  } catch {
    res.destroy()
  }
}

const hasFlush = (res: ServerResponse): res is FlushableResponse =>
  'flush' in res && typeof res.flush === 'function'

export const requestText = (exchange: Exchange): string => {
  const { method = 'GET', target = '/', lines = [] } = exchange
  const accepts = 'accepts' in exchange ? exchange.accepts : 'gzip'
  const accepting = accepts === undefined ? [] : [`Accept-Encoding: ${accepts}`]
  const fixed = [`${method} ${target} HTTP/1.1`, 'Host: a', 'Connection: close']
  return [...fixed, ...accepting, ...lines, '', ''].join('\r\n')
}

/** Sends the request of a row to a listener, and compares what came. */
export const tryExchange = async (
  exchange: Exchange,
  start: StartNode,
  listener: Listener,
  wanted: Wanted,
  noted: readonly string[],
): Promise<void> => {
  const { ask } = await start(listener)
  compareResponse(await ask(requestText(exchange)), wanted)
  if (wanted.noted === undefined) return
  // The server may hear of the end after the client.
  for (let i = 0; i < turns && noted.length < wanted.noted.length; i++) await turn()
  await turn(3)
  assert.equal(noted, wanted.noted)
}

/** Sends the request of a row to its app behind a middleware, and compares what came. */
export const tryRow = (
  row: Row,
  start: StartNode,
  middleware: ConnectMiddleware,
  wanted: Wanted,
): Promise<void> => {
  const noted: string[] = []
  const note = (seen: string) => noted.push(seen)
  const listener = behind(middleware, (req, res) => row.app(req, res, note))
  return tryExchange(row, start, listener, wanted, noted)
}

/** Compares a response with what a row wants of it. */
export const compareResponse = (response: WireResponse, wanted: Wanted): void => {
  const { status = 200, coding = 'none', varies, content, fields = {} } = wanted
  assert.is(response.status, status, response.head)
  if (coding !== 'any')
    assert.is(response.fields.get('content-encoding') ?? 'none', coding, response.head)
  if (varies !== undefined) assert.is(variesIn(response), varies, response.head)
  for (const [name, value] of Object.entries(fields))
    assert.is(lines(response.fields, name), value, `${name} of ${response.head}`)
  for (const [name, value] of Object.entries(wanted.matches ?? {}))
    assert.match(lines(response.fields, name) ?? '', value)
  if (wanted.head !== undefined) assert.match(response.head, wanted.head)
  if (content !== undefined) assert.is(decoded(response), content)
  for (const [name, value] of Object.entries(wanted.trailers ?? {}))
    assert.is(response.trailers.get(name), value)
}

const lines = (fields: Fields, name: string): string | undefined =>
  fields.has(name) ? fields.getAll(name).join(', ') : undefined

const variesIn = ({ fields }: WireResponse): boolean =>
  /(?:^|,)\s*accept-encoding\s*(?:,|$)/i.test(fields.get('vary') ?? '')

/** The content of a response without its coding. */
export const decoded = ({ fields, content }: WireResponse): string => {
  const bytes = Buffer.from(content, 'latin1')
  const coding = codings.find((each) => each.coding === fields.get('content-encoding'))
  // That of HEAD is empty.
  return coding === undefined || content === ''
    ? bytes.toString()
    : Buffer.from(coding.decode(bytes)).toString()
}
