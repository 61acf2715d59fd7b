import { connect, createSecureServer, createServer } from 'node:http2'
import { toListener } from '@sluice/node'
import { within } from '../within.ts'
import { addressOf } from './address-of.ts'
import { leavingNoHandles } from './leaving-no-handles.ts'
import { RawHttp2 } from './raw-http2.ts'
import { selfSigned } from './self-signed.ts'
import type { ClientHttp2Session, ClientSessionOptions } from 'node:http2'
import type { Socket } from 'node:net'
import type { Handler } from '@sluice/stack'

/** A server of `node:http2` under test, and what it told `onError`. */
export interface Http2Site {
  readonly url: string
  readonly port: number
  readonly told: readonly unknown[]
  /** A client of Node, which is closed after the test. */
  connect(options?: ClientSessionOptions): ClientHttp2Session
  /** A client of frames, which is closed after the test. `windowBytes` is the window of each stream. */
  raw(windowBytes?: number): Promise<RawHttp2>
}

/** Serves a handler for the time of a test; over TLS, which browsers want, if `secure`. */
export type StartHttp2 = (
  handler: Handler,
  options?: { readonly secure?: boolean },
) => Promise<Http2Site>

/** How long a test may take, ms: it is then known which one hangs. */
const bound = 60_000

/** Makes a test that may start servers of `node:http2`. After it all is closed, and no handle may be left. */
export const servingHttp2 = (run: (start: StartHttp2) => Promise<void>) => (): Promise<void> =>
  leavingNoHandles(async () => {
    const clients: { destroy(): void }[] = []
    const closing: (() => Promise<void>)[] = []
    const start: StartHttp2 = async (handler, { secure = false } = {}) => {
      const told: unknown[] = []
      const listener = toListener(handler, { onError: (error) => told.push(error) })
      const server = secure
        ? createSecureServer({ ...selfSigned, allowHTTP1: true }, listener)
        : createServer(listener)
      const sockets = new Set<Socket>()
      server.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      closing.push(async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise<void>((resolve) => server.close(() => resolve()))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = addressOf(server)
      const url = `${secure ? 'https://localhost' : 'http://127.0.0.1'}:${port}`
      const connectTo = (options: ClientSessionOptions = {}) => {
        const session = connect(`${url}/`, options)
        session.on('error', () => {})
        clients.push(session)
        return session
      }
      const raw = async (windowBytes?: number) => {
        const client = await RawHttp2.connect(port, windowBytes)
        clients.push(client.socket)
        return client
      }
      return { url, port, told, connect: connectTo, raw }
    }
    try {
      await within(bound, run(start))
    } finally {
      for (const client of clients) client.destroy()
      for (const each of closing) await within(bound, each())
    }
  })
