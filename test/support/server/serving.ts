import { serve } from '@sluice/server'
import * as assert from 'uvu/assert'
import { watchRejections } from '../bodies/left-over.ts'
import { turn, within } from '../within.ts'
import { connectTo } from './raw-client.ts'
import { readResponse } from './read-response.ts'
import type { RunningServer, ServeOptions } from '@sluice/server'
import type { Handler } from '@sluice/stack'
import type { RawClient } from './raw-client.ts'
import type { WireResponse } from './read-response.ts'

/** A server under test, and what it told `onError`. */
export interface Site {
  readonly server: RunningServer
  readonly told: readonly unknown[]
  connect(): Promise<RawClient>
  /** Sends bytes on a connection of their own and reads one response. */
  ask(request: string): Promise<WireResponse>
  /** Sends a request that is refused, and waits for its answer: whatever the server could do before that, it has done. */
  round(): Promise<void>
  /** Goes round until the server has come somewhere. */
  until(come: () => boolean, what: string): Promise<void>
  /** Goes round until a count has not changed for some rounds: it has come to a standstill. */
  standstill(count: () => number): Promise<number>
}

/** Serves a handler for the time of a test. */
export type Start = (handler: Handler, options?: ServeOptions) => Promise<Site>

/** How long a test may take, ms: it is then known which one hangs. */
const bound = 30_000

/** How many rounds are taken for never, and for a standstill. */
const rounds = 2000
const quietRounds = 25

/** How many turns handles have for closing: some do so a turn or two after their owner was told. */
const turns = 50

/**
 * Makes a test that may start servers. After it all clients and servers are closed, and nothing must be left: no handle,
 * no timer, no error that nobody caught.
 */
export const serving = (run: (start: Start) => Promise<void>) => async (): Promise<void> => {
  await turn(2)
  const before = resources()
  const rejections = watchRejections()
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  const clients: RawClient[] = []
  const servers: RunningServer[] = []
  const start: Start = async (handler, options = {}) => {
    const told: unknown[] = []
    const server = await serve(handler, { onError: (error) => told.push(error), ...options })
    servers.push(server)
    const connect = async () => {
      const client = await connectTo(server.port)
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
    const round = async () => {
      const client = await connectTo(server.port)
      client.send('?\r\n')
      await client.takeRest()
      client.destroy()
      // The server sees that, and all that happened before it.
      await turn(5)
    }
    const until = async (come: () => boolean, what: string) => {
      for (let i = 0; !come(); i++) {
        if (i > rounds) throw new Error(`Cannot wait for ${what}: ${rounds} rounds are over`)
        await round()
      }
    }
    const standstill = async (count: () => number) => {
      let last = count()
      for (let quiet = 0; quiet < quietRounds; quiet++) {
        await round()
        if (count() === last) continue
        last = count()
        quiet = 0
      }
      return last
    }
    return { server, told, connect, ask, round, until, standstill }
  }
  try {
    await within(bound, run(start))
  } finally {
    for (const client of clients) client.destroy()
    await Promise.all(servers.map((server) => within(bound, server.close({ graceMs: 1 }))))
    rejections.stop()
    process.off('uncaughtException', note)
  }
  for (let i = 0; i < turns && resources().length > before.length; i++) await turn()
  assert.equal(resources(), before, 'something is left that keeps the process alive')
  assert.equal(rejections.reasons, [])
  assert.equal(uncaught, [])
  for (const server of servers) assert.is(server.connections, 0)
}

// Each opens a handle at its first use; that is to be before the first count.
void [process.stdout, process.stderr]

/** What keeps the process alive; `Immediate` is the turn that the test itself takes. */
const resources = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Immediate')
    .sort()

/** A request line and the fields of the shortest request. */
export const get = (target = '/', ...lines: readonly string[]): string =>
  request('GET', target, ...lines)

export const request = (method: string, target: string, ...lines: readonly string[]): string =>
  `${method} ${target} HTTP/1.1\r\n${['host: a', ...lines].join('\r\n')}\r\n\r\n`

/** A POST whose content has its length said. */
export const post = (target: string, content: string, ...lines: readonly string[]): string =>
  request('POST', target, ...lines, `content-length: ${content.length}`) + content
