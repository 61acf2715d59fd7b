// Express 5 and 4 and what stands around them, with the types that the rows need.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'
import type { ConnectMiddleware, FlushableResponse } from '../../support/node/compression-row.ts'
import type { Listener } from '../../support/node/in-node.ts'

export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl: string
  body: unknown
  session: Record<string, unknown>
}

export interface ExpressResponse extends FlushableResponse {
  json(value: unknown): this
  send(content?: unknown): this
  sendStatus(status: number): this
  sendFile(path: string, options?: object): void
  redirect(to: string): void
  status(status: number): this
  type(type: string): this
  set(name: string, value: string): this
  append(name: string, value: string): this
  cookie(name: string, value: string): this
}

export type Next = (error?: unknown) => void
/** A handler, a middleware, or an app. */
export type Layer = (req: ExpressRequest, res: ExpressResponse, next: Next) => unknown
type ErrorLayer = (error: Error, req: ExpressRequest, res: ExpressResponse, next: Next) => unknown

/** An app of Express, and a router of it. */
export interface App extends Listener {
  use(...layers: readonly (string | Layer)[]): this
  use(layer: ErrorLayer): this
  get(path: string, ...handlers: readonly Layer[]): this
  post(path: string, ...handlers: readonly Layer[]): this
  put(path: string, ...handlers: readonly Layer[]): this
  set(name: string, value: unknown): this
}

export interface Express {
  (): App
  Router(): App
  json(options?: object): Layer
  raw(options?: object): Layer
  text(options?: object): Layer
  urlencoded(options?: object): Layer
  static(folder: string): Layer
}

const load = createRequire(join(process.cwd(), 'test/hosts/package.json'))

export const versions: readonly { readonly name: string; readonly express: Express }[] = [
  { name: 'Express 5', express: load('express') },
  { name: 'Express 4', express: load('express4') },
]

export const compression: (options?: object) => ConnectMiddleware = load('compression')
export const session: (options: object) => Layer = load('express-session')
export const onHeaders: (res: FlushableResponse, run: (this: FlushableResponse) => void) => void =
  load('on-headers')
export const onFinished: (message: object, run: (error: unknown, message: object) => void) => void =
  load('on-finished')
