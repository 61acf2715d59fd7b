import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { RawClient } from './raw-client.ts'
import { selfSigned } from './self-signed.ts'
import type { ConnectionOptions } from 'node:tls'

/** Connects to a Unix socket. */
export const connectToPath = (path: string): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true })
    const client = new RawClient(socket)
    socket.once('connect', () => resolve(client))
    socket.once('error', reject)
  })

/** Connects over TLS to a port of this machine whose certificate is the one for tests. */
export const connectSecurely = (
  port: number,
  options: ConnectionOptions = {},
): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1', ca: selfSigned.cert, allowHalfOpen: true }
    const socket = connectTls({ ...to, ...options }, () => resolve(client))
    const client = new RawClient(socket)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before the handshake was over')))
  })
