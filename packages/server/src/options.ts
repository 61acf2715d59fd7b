import { checkCount } from '@sluice/body'
import { defaultRequestLimits } from './limits.ts'
import type { HttpRequest } from '@sluice/stack'
import type { RequestLimits } from './limits.ts'

/** Bounds of a connection in time and bytes. Times are kept to within a second; `Infinity` turns one off, 0 does not. */
export interface ConnectionLimits extends RequestLimits {
  /** Milliseconds from the connect, or from the first byte of a later request, to the end of its head: 15,000. Then 408. */
  readonly headTimeoutMs: number
  /** Milliseconds that a connection may be idle between requests: 5,000. Behind a proxy, longer than the proxy keeps it. */
  readonly idleTimeoutMs: number
  /** Milliseconds without a byte of a request's content that the handler waits for: 30,000. Then 408. */
  readonly contentTimeoutMs: number
  /** Milliseconds for a whole request to come: 300,000, as Node. Then 408. */
  readonly requestTimeoutMs: number
  /** Milliseconds in which a client must take some of what is sent: 30,000. Then the connection is cut. */
  readonly writeTimeoutMs: number
  /**
   * Milliseconds without any progress of the answer after which a client that has closed its half is taken to have gone: 60,000.
   * A kernel forgets its side of such a connection after the same time, if its program has closed it altogether.
   */
  readonly halfClosedTimeoutMs: number
  /** Milliseconds that a pause may last: `Infinity`. Then the connection is cut. */
  readonly pauseTimeoutMs: number
  /** Bytes that are gathered for one write, and held for one that does not read: 65,536. */
  readonly highWaterBytes: number
  /** Bytes of content that the handler did not read which are read out to keep the connection: 262,144, as Go. */
  readonly maxUnreadBytes: number
  /** Milliseconds to wait for that, and for a refused client to have read its answer: 1,000 without a byte. */
  readonly lingerMs: number
}

export interface ServerCallbacks {
  /**
   * Told once of each error of a handler, a body or a callback, whatever its status and whether it is answered or cuts a response;
   * not that a client has left, nor of malformed requests. By default 500s and errors that cut a response are printed to stderr.
   *
   * It may be asynchronous: what it rejects with, or throws, is printed.
   */
  readonly onError: (error: unknown, request: HttpRequest | undefined) => unknown
}

/** What a timer of Node can hold: a longer one would go off at once. */
export const longestTimerMs: number = 2 ** 31 - 1

export const defaultConnectionLimits: ConnectionLimits = {
  ...defaultRequestLimits,
  headTimeoutMs: 15_000,
  idleTimeoutMs: 5000,
  contentTimeoutMs: 30_000,
  requestTimeoutMs: 300_000,
  writeTimeoutMs: 30_000,
  halfClosedTimeoutMs: 60_000,
  pauseTimeoutMs: Number.POSITIVE_INFINITY,
  highWaterBytes: 65_536,
  maxUnreadBytes: 262_144,
  lingerMs: 1000,
}

/** Fills in the defaults and refuses what is no count; the least of each is 1, but where none is a sensible bound. */
export const connectionLimits = (given: Partial<ConnectionLimits>): ConnectionLimits => {
  const limits = { ...defaultConnectionLimits }
  for (const name of Object.keys(defaultConnectionLimits)) {
    if (!isLimit(name)) continue
    const value = given[name]
    if (value === undefined) continue
    limits[name] = checkCount(name, value, mayBeNone.has(name) ? 0 : 1)
  }
  return limits
}

const mayBeNone = new Set([
  'maxEmptyLines',
  'maxChunkOverheadBytes',
  'maxChunkExtensionBytes',
  'maxTrailerBytes',
  'maxTrailerFields',
  'maxUnreadBytes',
])

const isLimit = (name: string): name is keyof ConnectionLimits => name in defaultConnectionLimits

export const checkFunction = (name: string, value: unknown): void => {
  if (typeof value === 'function') return
  throw new TypeError(`Cannot use ${name}: found ${typeof value}, wanted a function`)
}

/** A time of grace may be what is left until a deadline: any number, and none for one that is over. */
export const checkGrace = (graceMs: number): void => {
  if (typeof graceMs === 'number' && !Number.isNaN(graceMs)) return
  throw new RangeError(`Cannot use graceMs: found ${graceMs}, wanted milliseconds`)
}
