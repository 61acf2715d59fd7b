import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@sluice/server'
import * as assert from 'uvu/assert'
import { turn, within } from '../within.ts'
import { leavingNoHandles } from './leaving-no-handles.ts'
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

/** How many rounds are taken for never, and for a standstill. After the quick ones, each waits: a timer may be due, or a database. */
const rounds = 3000
const quickRounds = 1000
const waitMs = 10
const quietRounds = 25

/**
 * Makes a test that may start servers. After it all clients and servers are closed, and nothing must be left: no handle,
 * no timer, no error that nobody caught.
 */
export const serving = (run: (start: Start) => Promise<void>) => async (): Promise<void> => {
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
        if (i > quickRounds) await sleep(waitMs)
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
  await leavingNoHandles(async () => {
    try {
      await within(bound, run(start))
    } finally {
      for (const client of clients) client.destroy()
      await Promise.all(servers.map((server) => within(bound, server.close({ graceMs: 1 }))))
    }
  })
  for (const server of servers) assert.is(server.connections, 0)
}

/** A request line and the fields of the shortest request. */
export const get = (target = '/', ...lines: readonly string[]): string =>
  request('GET', target, ...lines)

export const request = (method: string, target: string, ...lines: readonly string[]): string =>
  `${method} ${target} HTTP/1.1\r\n${['host: a', ...lines].join('\r\n')}\r\n\r\n`

/** A POST whose content has its length said. */
export const post = (target: string, content: string, ...lines: readonly string[]): string =>
  request('POST', target, ...lines, `content-length: ${content.length}`) + content
