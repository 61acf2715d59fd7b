import { createServer } from 'node:net'
import type { ListenOptions, Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

/** Where a server listens: a port, a path or an open descriptor, or a server that is there already. */
export interface ListenTo {
  /** The port; 0, by default, is one that is free. */
  readonly port?: number
  /** The address; 127.0.0.1 by default, `::` for all of both families. */
  readonly host?: string
  /** The path of a Unix socket, in the place of port and host. */
  readonly path?: string
  /** The descriptor of a socket that listens already, as a supervisor hands it over, in the place of port and host. */
  readonly fd?: number
  /** A server of `node:net` or `node:tls`, listening or not, in the place of all others. It should allow half-open connections. */
  readonly server?: Server
  /** Whether several processes may listen on the port; Node 22.12 and later. */
  readonly reusePort?: boolean
  /** Key, certificate and whatever else `node:tls` takes; plain TCP by default. */
  readonly tls?: TlsOptions
  /** Connections at once; more are closed as they come. `Infinity` by default. */
  readonly maxConnections?: number
}

/**
 * Makes the server of a transport, unless one is given.
 *
 * Half-open: a client that has sent all it will is still owed its answer.
 */
export const transport = async (
  { tls, server: given, maxConnections }: ListenTo,
  handshakeTimeout: number,
): Promise<Server> => {
  const options = { allowHalfOpen: true, noDelay: true }
  const secure = { ALPNProtocols: ['http/1.1'], handshakeTimeout, ...options, ...tls }
  const server = given ?? (tls === undefined ? createServer(options) : await tlsServer(secure))
  if (maxConnections !== undefined && maxConnections !== Number.POSITIVE_INFINITY) {
    server.maxConnections = maxConnections
  }
  return server
}

/** Loaded by those who use it: 0.6 MB of heap. */
const tlsServer = async (options: TlsOptions): Promise<Server> =>
  (await import('node:tls')).createServer(options)

export const isTls = (server: Server): boolean => 'setSecureContext' in server

/** Has a server tell of connections that are ready, for TLS after the handshake. */
export const hearConnections = (server: Server, onSocket: (socket: Socket) => void): void => {
  server.on(isTls(server) ? 'secureConnection' : 'connection', onSocket)
  // A client that fails the handshake is its own affair.
  if (isTls(server))
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
}

/** Listens, and fulfils once it does. */
export const listen = (server: Server, to: ListenTo): Promise<void> =>
  new Promise((resolve, reject) => {
    if (server.listening) return resolve()
    server.once('error', reject)
    server.listen(listenOptions(to), () => {
      server.off('error', reject)
      resolve()
    })
  })

const listenOptions = ({
  port = 0,
  host = '127.0.0.1',
  path,
  fd,
  reusePort,
}: ListenTo): ListenOptions & {
  fd?: number
  reusePort?: boolean
} => {
  if (fd !== undefined) return { fd }
  if (path !== undefined) return { path }
  if (reusePort === true && !hasReusePort()) {
    throw new TypeError(
      `Cannot share the port: found Node ${process.versions.node}, wanted 22.12 or later`,
    )
  }
  return reusePort === true ? { port, host, reusePort } : { port, host }
}

const hasReusePort = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
}
