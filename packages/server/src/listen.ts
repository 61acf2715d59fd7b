import { createServer } from 'node:net'
import { checkCount, timerMs } from '@sluice/body/engine'
import { tlsCallbacks } from './tls-callbacks.ts'
import type { ListenOptions, Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

/** Where a server listens: a port, a path or an open file descriptor, or a given server. */
export interface ListenTo {
  /** The port. 0, the default, picks a free one. */
  readonly port?: number
  /** The address: 127.0.0.1 by default; `::` for all addresses, IPv4 and IPv6. */
  readonly host?: string
  /** The path of a Unix socket, instead of port and host. */
  readonly path?: string
  /** The file descriptor of a listening socket, as a supervisor passes it on, instead of port and host. */
  readonly fd?: number
  /** A server of `node:net` or `node:tls`, listening or not, instead of all others. It should allow half-open connections. */
  readonly server?: Server
  /** Whether several processes may listen on the port. Node 22.12 and later. */
  readonly reusePort?: boolean
  /** Connections that the kernel queues until they are accepted: 511 by default, as in Node. */
  readonly backlog?: number
  /** Whether an IPv6 address such as `::` takes no IPv4 connections; `false` by default. */
  readonly ipv6Only?: boolean
  /** Whether workers of `node:cluster` listen separately instead of sharing the port: `false` by default. */
  readonly exclusive?: boolean
  /** Whether all users may read from the Unix socket; `false` by default. */
  readonly readableAll?: boolean
  /** Whether all users may write to the Unix socket; `false` by default. */
  readonly writableAll?: boolean
  /** Whether small writes are sent at once (TCP_NODELAY); `true` by default. */
  readonly noDelay?: boolean
  /** Whether the kernel probes idle connections (SO_KEEPALIVE); `false` by default. */
  readonly keepAlive?: boolean
  /** Milliseconds without a byte before the first probe; 0 by default: the kernel's own time. Rounded down to seconds. */
  readonly keepAliveInitialDelay?: number
  /** Key, certificate and other options of `node:tls`; plain TCP by default. */
  readonly tls?: TlsOptions
  /** The most connections at a time: `Infinity` by default. More are closed as they come. */
  readonly maxConnections?: number
}

/**
 * Creates the server of Node, unless one is given.
 *
 * It allows half-open connections: a client that has closed its half still gets its response.
 */
export const transport = async (
  to: ListenTo,
  headTimeoutMs: number,
  report: (error: unknown) => void,
): Promise<Server> => {
  checkCounts(to)
  const { noDelay = true, keepAlive = false, keepAliveInitialDelay = 0, tls, maxConnections } = to
  const options = { allowHalfOpen: true, noDelay, keepAlive, keepAliveInitialDelay }
  const server =
    to.server ??
    (tls === undefined
      ? createServer(options)
      : await tlsServer({ ...options, ...secure(tls, headTimeoutMs, report) }))
  if (maxConnections !== undefined && maxConnections !== Number.POSITIVE_INFINITY) {
    server.maxConnections = maxConnections
  }
  return server
}

/** Checks the numeric options; Node checks the port. */
const checkCounts = ({ fd, backlog, keepAliveInitialDelay, maxConnections }: ListenTo): void => {
  if (maxConnections !== undefined) checkCount('maxConnections', maxConnections, 1)
  for (const [name, value, min] of [
    ['fd', fd, 0],
    ['backlog', backlog, 1],
    ['keepAliveInitialDelay', keepAliveInitialDelay, 0],
  ] as const) {
    // These go to the kernel, which has no infinity.
    if (value === undefined || (Number.isSafeInteger(value) && value >= min)) continue
    throw new RangeError(
      `Cannot use ${name}: found ${value}, wanted a whole number of ${min} or more`,
    )
  }
}

/** The options of a TLS server: ours and the given ones. Errors of their callbacks are reported. */
const secure = (
  tls: TlsOptions,
  headTimeoutMs: number,
  report: (error: unknown) => void,
): TlsOptions => {
  const timeout = checkCount('tls.handshakeTimeout', tls.handshakeTimeout ?? headTimeoutMs, 0)
  return {
    // Node refuses both together.
    ...(tls.ALPNCallback === undefined && { ALPNProtocols: ['http/1.1'] }),
    ...tls,
    ...tlsCallbacks(tls, report),
    // Node throws at each connection if the number is too large for a timer.
    handshakeTimeout: timerMs(timeout),
  }
}

/** Loaded only if it is used: it takes 0.6 MB of heap. */
const tlsServer = async (options: TlsOptions): Promise<Server> =>
  (await import('node:tls')).createServer(options)

export const isTls = (server: Server): boolean => 'setSecureContext' in server

/** Calls back for each connection that is ready: with TLS, after its handshake. */
export const hearConnections = (server: Server, onSocket: (socket: Socket) => void): void => {
  server.on(isTls(server) ? 'secureConnection' : 'connection', onSocket)
  // A failed handshake is the client's error, and is not reported.
  if (isTls(server))
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
}

/** Where a server listens: a URL, or the path of a Unix socket. */
export const urlOf = (server: Server): string => {
  const address = server.address()
  if (typeof address === 'string' || address === null) return address ?? ''
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${isTls(server) ? 'https' : 'http'}://${host}:${address.port}`
}

/** Fulfils when the server listens. */
export const listen = (server: Server, to: ListenTo): Promise<void> =>
  new Promise((resolve, reject) => {
    if (server.listening) return resolve()
    const fail = (error: NodeJS.ErrnoException) => reject(inPlainWords(error, to))
    server.once('error', fail)
    server.listen(listenOptions(to), () => {
      server.off('error', fail)
      resolve()
    })
  })

/** For the one who starts the program. The stack has only frames of Node: `listen` fails asynchronously. */
const inPlainWords = (
  error: NodeJS.ErrnoException,
  { port, host = '127.0.0.1' }: ListenTo,
): NodeJS.ErrnoException => {
  if (error.code !== 'EADDRINUSE' || port === undefined) return error
  error.message = `Cannot listen: port ${port} of ${host} is in use, choose another`
  error.stack = `${error.name}: ${error.message}`
  return error
}

const listenOptions = ({
  port = 0,
  host = '127.0.0.1',
  path,
  fd,
  reusePort,
  backlog,
  ipv6Only,
  exclusive,
  readableAll,
  writableAll,
}: ListenTo): ListenOptions & {
  fd?: number
  reusePort?: boolean
} => {
  const shared = { backlog, exclusive }
  if (fd !== undefined) return { fd, ...shared }
  if (path !== undefined) return { path, readableAll, writableAll, ...shared }
  if (reusePort === true && !hasReusePort()) {
    throw new TypeError(
      `Cannot share the port: found Node ${process.versions.node}, wanted 22.12 or later`,
    )
  }
  const tcp = { port, host, ipv6Only, ...shared }
  return reusePort === true ? { ...tcp, reusePort } : tcp
}

const hasReusePort = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
}
