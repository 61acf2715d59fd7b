import { createServer } from 'node:http'
import { toListener } from '@sluice/node'
import * as assert from 'uvu/assert'
import { watchRejections } from '../bodies/left-over.ts'
import { connectTo } from '../server/raw-client.ts'
import { readResponse } from '../server/read-response.ts'
import { turn, within } from '../within.ts'
import type { Server } from 'node:net'
import type { ListenerOptions } from '@sluice/node'
import type { Handler } from '@sluice/stack'
import type { RawClient } from '../server/raw-client.ts'
import type { WireResponse } from '../server/read-response.ts'

/** A host under test, and what it told `onError`. */
export interface Host {
  readonly server: Server
  readonly port: number
  readonly told: readonly unknown[]
  connect(): Promise<RawClient>
  /** Sends bytes on a connection of their own and reads one response. */
  ask(request: string): Promise<WireResponse>
}

/** Makes the server of a host, with a handler mounted in it. */
export type Mount = (handler: Handler, options: ListenerOptions) => Server

/** Serves a handler for the time of a test, by `toListener` in `node:http` unless it says otherwise. */
export type Start = (handler: Handler, mount?: Mount) => Promise<Host>

const bound = 30_000

/** How many turns handles have for closing. */
const turns = 100

const plain: Mount = (handler, options) => createServer(toListener(handler, options))

/** Makes a test that may start hosts. After it all is closed, and nothing must be left: no handle, no error that nobody caught. */
export const hosting = (run: (start: Start) => Promise<void>) => async (): Promise<void> => {
  await turn(2)
  const before = resources()
  const rejections = watchRejections()
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  const clients: RawClient[] = []
  const servers: Server[] = []
  const start: Start = async (handler, mount = plain) => {
    const told: unknown[] = []
    const server = mount(handler, { onError: (error) => told.push(error) })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const connect = async () => {
      const client = await connectTo(port)
      clients.push(client)
      return client
    }
    const ask = async (request: string) => {
      const client = await connect()
      client.send(request)
      const response = await readResponse(client, request.slice(0, request.indexOf(' ')))
      client.destroy()
      return response
    }
    return { server, port, told, connect, ask }
  }
  try {
    await within(bound, run(start))
  } finally {
    for (const client of clients) client.destroy()
    await Promise.all(servers.map((server) => within(bound, closed(server))))
    rejections.stop()
    process.off('uncaughtException', note)
  }
  for (let i = 0; i < turns && resources().length > before.length; i++) await turn()
  assert.equal(resources(), before, 'something is left that keeps the process alive')
  assert.equal(rejections.reasons, [])
  assert.equal(uncaught, [])
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections()
  })

// Each opens a handle at its first use; that is to be before the first count.
void [process.stdout, process.stderr]

const resources = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Immediate')
    .sort()
