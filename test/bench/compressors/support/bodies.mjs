// What every compressor is given: the same bodies, and what the probes ask about them.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventOf, makeHub } from '../../servers/support/hub.mjs'

export const pageFields = { 'content-type': 'text/html; charset=utf-8' }
export const shell = `<!doctype html><title>page</title><h1>The shell</h1>${'<p>of the page</p>'.repeat(100)}\n`
export const rest = '<p>the rest of it</p>'.repeat(400)

/** The shell at once, the rest after so many milliseconds; `flush`, where there is one, is given between them. */
export async function* page(restMs, flush) {
  yield shell
  if (flush !== undefined) yield flush
  await sleep(restMs)
  yield rest
}

/** Bytes that no compressor makes smaller: what is pulled has to go somewhere. */
const chunk = new Uint8Array(randomBytes(65_536))

export const state = { pulledBytes: 0 }

/** Without an end; each chunk is a new array, as from a file. It lets others have their turn, as a file does. */
export async function* endless() {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    state.pulledBytes += chunk.length
    yield chunk.slice()
  }
}

export const hub = makeHub()
export const eventFields = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }

export const message = (id) =>
  eventOf(
    JSON.stringify({ id, symbol: 'ACME', bid: '100.8415', ask: '101.8415', time: '09:00:00Z' }),
  )

/** A first message, and then each that is published. `flush`, where there is one, is given after each. */
export async function* events(flush) {
  yield message(0)
  for (;;) {
    if (flush !== undefined) yield flush
    yield await hub.next
  }
}

/** What the probes ask for beside: memory after a collection, what has been pulled, and the next message to all. */
export const asked = (path) => {
  if (path === '/publish') {
    hub.publish(message(1))
    return '{}'
  }
  if (path !== '/state') return undefined
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return JSON.stringify({ rss, heapUsed, cpuUs: user + system, ...state })
}
