import type { ClientTls, PeerCertificate } from '../http.ts'

/** A socket of `node:tls`, by shape: what has no TLS need not load it. */
interface TlsSocket {
  getProtocol(): string | null
  getPeerX509Certificate(): PeerCertificate | undefined
  readonly servername?: unknown
  readonly authorized: boolean
}

/** What a socket of Node says of its TLS; `undefined` if it has none. */
export const tlsOf = (socket: object): ClientTls | undefined =>
  isTlsSocket(socket)
    ? {
        protocol: socket.getProtocol() ?? '',
        serverName: typeof socket.servername === 'string' ? socket.servername : undefined,
        peerCertificate: socket.getPeerX509Certificate(),
        authorized: socket.authorized,
      }
    : undefined

const isTlsSocket = (socket: object): socket is TlsSocket => 'getPeerX509Certificate' in socket
