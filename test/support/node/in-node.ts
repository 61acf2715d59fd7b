import { createServer } from 'node:http'
import * as assert from 'uvu/assert'
import { watchRejections } from '../bodies/left-over.ts'
import { connectTo } from '../server/raw-client.ts'
import { readResponse } from '../server/read-response.ts'
import { turn, within } from '../within.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { RawClient } from '../server/raw-client.ts'
import type { WireResponse } from '../server/read-response.ts'

export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

/** A server of `node:http` under test. */
export interface NodeSite {
  readonly port: number
  connect(): Promise<RawClient>
  /** Sends bytes on a connection of its own and reads one response. */
  ask(request: string): Promise<WireResponse>
}

/** Serves a listener for the time of a test. */
export type StartNode = (listener: Listener) => Promise<NodeSite>

/** Milliseconds that a test may take: it is then known which one hangs. */
const bound = 15_000

/**
 * Makes a test that may start servers of `node:http`. After it, all clients and servers are closed, and no error was left that
 * nobody caught.
 */
export const inNode = (run: (start: StartNode) => Promise<void>) => async (): Promise<void> => {
  const rejections = watchRejections()
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  const clients: RawClient[] = []
  const servers: Server[] = []
  const start: StartNode = async (listener) => {
    const server = createServer(listener)
    servers.push(server)
    const port = await listen(server)
    const connect = async () => {
      const client = await connectTo(port)
      clients.push(client)
      return client
    }
    const ask = async (request: string) => {
      const client = await connect()
      client.send(request)
      return readResponse(client, request.slice(0, request.indexOf(' ')))
    }
    return { port, connect, ask }
  }
  try {
    await within(bound, run(start))
  } finally {
    for (const client of clients) client.destroy()
    await Promise.all(servers.map((server) => within(bound, closed(server))))
    await turn(5)
    rejections.stop()
    process.off('uncaughtException', note)
  }
  assert.equal(uncaught, [])
  assert.equal(rejections.reasons, [])
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('found no port'))
      else resolve(address.port)
    })
  })

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
