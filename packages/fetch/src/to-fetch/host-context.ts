import {
  deferred,
  isDenoOrBun,
  isPromiseLike,
  nothing,
  onAbort,
  propertyOf,
} from '@sluice/body/engine'

// What hosts tell beside the request, recognized by its shape: as the second argument of the fetch handler, or on the request.

/** Where a request comes from, as far as its host tells. */
export interface PeerAddress {
  readonly address: string
  /** 0 if it is not known. */
  readonly port?: number
}

/** Finds where a request comes from. */
export type FindClient = (request: Request, context: unknown) => PeerAddress

const unknownAddress: PeerAddress = { address: '', port: 0 }

/** The address and port of the client; an empty address, and port 0, if they are not known. */
export const addressOf: FindClient = (request, context) =>
  ofDeno(context) ?? ofBun(request, context) ?? ofNode(request, context) ?? ofSrvx(request)

/** Of `Deno.serve`: `info.remoteAddr`. */
const ofDeno = (context: unknown): PeerAddress | undefined => {
  const peer = propertyOf(context, 'remoteAddr')
  return peerOf(propertyOf(peer, 'hostname'), propertyOf(peer, 'port'))
}

/** Of `Bun.serve`: `server.requestIP(request)`. */
const ofBun = (request: Request, context: unknown): PeerAddress | undefined => {
  const server = bindings(context)
  const requestIP = propertyOf(server, 'requestIP')
  if (typeof requestIP !== 'function') return undefined
  const peer: unknown = Reflect.apply(requestIP, server, [request])
  return peerOf(propertyOf(peer, 'address'), propertyOf(peer, 'port'))
}

const ofNode = (request: Request, context: unknown): PeerAddress | undefined => {
  const socket = propertyOf(incomingOf(request, context), 'socket')
  return peerOf(propertyOf(socket, 'remoteAddress'), propertyOf(socket, 'remotePort'))
}

const ofSrvx = (request: Request): PeerAddress =>
  peerOf(propertyOf(request, 'ip'), undefined) ?? unknownAddress

const peerOf = (address: unknown, port: unknown): PeerAddress | undefined =>
  typeof address === 'string' ? { address, port: typeof port === 'number' ? port : 0 } : undefined

/** The HTTP version of a request, `1.1` if its host does not tell. The context of `fromFetch` has a request of ours. */
export const versionOf = (request: Request, context: unknown): '1.0' | '1.1' | '2' | '3' => {
  const behind = propertyOf(propertyOf(context, 'request'), 'version')
  if (isDenoOrBun && behind === undefined) return '1.1'
  const found =
    behind ??
    propertyOf(incomingOf(request, context), 'httpVersion') ??
    propertyOf(propertyOf(request, 'cf'), 'httpProtocol')
  switch (found) {
    case '1.0':
    case 'HTTP/1.0':
      return '1.0'
    case '2':
    case '2.0':
    case 'HTTP/2':
      return '2'
    case '3':
    case 'HTTP/3':
      return '3'
    default:
      return '1.1'
  }
}

/** Node's own request: in the bindings of `@hono/node-server`, or on the request of srvx. */
const incomingOf = (request: Request, context: unknown): unknown =>
  propertyOf(bindings(context), 'incoming') ??
  propertyOf(propertyOf(propertyOf(request, 'runtime'), 'node'), 'req')

/** Hono's adapters may give `{ server }`. */
const bindings = (context: unknown): unknown => propertyOf(context, 'server') ?? context

/** The version of TLS, if the host tells. */
export const tlsVersionOf = (request: Request): string => {
  const version = propertyOf(propertyOf(request, 'cf'), 'tlsVersion')
  return typeof version === 'string' ? version : ''
}

/**
 * Calls `left` when the client leaves while a stream is sent. Returns a function that stops that.
 *
 * Every host should cancel the stream then. The signal of the request is for those that do not. In Deno it also aborts after a
 * response that went well, and a listener makes Deno print a warning; it cancels the stream, and has `info.completed`.
 */
export const onLeft = (
  request: Request,
  context: unknown,
  left: (reason: unknown) => void,
): (() => void) => {
  const completed = propertyOf(context, 'completed')
  if (!isPromiseLike(completed)) return onSignal(request, left)
  // Deno makes this promise when it is first asked for, and rejects it when the client leaves.
  completed.then(undefined, nothing)
  return nothing
}

/** Calls `left` when the signal of the request aborts, or has aborted. Returns a function that stops that. */
export const onSignal = ({ signal }: Request, left: (reason: unknown) => void): (() => void) => {
  if (!signal.aborted) return onAbort(signal, left)
  left(signal.reason)
  return nothing
}

/** Whether an error of the content says that the client has left: in Deno the signal does not say so. */
export const saysUploadCut = (error: unknown): boolean => {
  const name = propertyOf(error, 'name')
  return 'Deno' in globalThis && (name === 'Http' || name === 'BadResource')
}

/**
 * Keeps what a request runs alive when its client leaves, so that the source of a stream can be closed: workerd ends it otherwise. Its
 * context has `waitUntil`. Returns a function that ends that.
 */
export const keepRunning = (context: unknown): (() => void) => {
  const waitUntil = propertyOf(context, 'waitUntil')
  if (typeof waitUntil !== 'function') return nothing
  const { promise, resolve } = deferred<void>()
  Reflect.apply(waitUntil, context, [promise])
  return () => resolve()
}
