import { checkCount } from '@sluice/body/engine'
import { defaultRequestLimits } from './http1/limits.ts'
import type { HttpRequest } from '@sluice/stack'
import type { RequestLimits } from './http1/limits.ts'

/** Limits of a connection, in time and bytes. Times are kept to within a second. `Infinity` turns a limit off; 0 does not. */
export interface ConnectionLimits extends RequestLimits {
  /**
   * Milliseconds from the first byte of a head to its end: 15,000. Then 408. A connection that sends nothing for as long after the
   * connect is closed without a response. Also the default time-out of a TLS handshake.
   */
  readonly headTimeoutMs: number
  /** Milliseconds that a connection may be idle between requests: 5,000. Behind a proxy, set it longer than the proxy's own. */
  readonly idleTimeoutMs: number
  /** Milliseconds without a byte of the content that a handler waits for: 30,000. Then 408. */
  readonly contentTimeoutMs: number
  /** Milliseconds for a whole request to arrive: 300,000, as in Node. Then 408. */
  readonly requestTimeoutMs: number
  /** Milliseconds in which the client must read some of what is sent: 30,000. Then the connection is cut. */
  readonly writeTimeoutMs: number
  /**
   * Milliseconds without progress of the response after which a half-closed client counts as gone: 60,000. The client's kernel
   * drops the connection after the same time, if its program has closed it completely.
   */
  readonly halfClosedTimeoutMs: number
  /** Milliseconds that a pause may last: `Infinity`. Then the connection is cut. */
  readonly pauseTimeoutMs: number
  /** Bytes gathered for one write, and held for a client that does not read: 65,536. */
  readonly highWaterBytes: number
  /** Bytes of unread content that are read and dropped to keep the connection alive: 262,144, as in Go. */
  readonly maxUnreadBytes: number
  /** Milliseconds to wait for unread content, and for the client to close after the last response: 1,000 without a byte. */
  readonly lingerMs: number
}

export interface ServerCallbacks {
  /**
   * Called once for each error of a handler, a body, a receipt or a callback, whatever its status, whether it is answered or cuts
   * the response. Not called if a client leaves, or for malformed requests. By default, 500s and errors that cut a response are
   * printed to stderr.
   *
   * May be asynchronous. Errors that it throws, or rejects with, are printed.
   */
  readonly onError: (error: unknown, request: HttpRequest | undefined) => unknown
}

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

/** Adds the defaults, and refuses invalid numbers: less than 1, or less than 0 if 0 is a useful limit. */
export const connectionLimits = (given: Partial<ConnectionLimits>): ConnectionLimits => {
  const limits = { ...defaultConnectionLimits }
  for (const name of Object.keys(defaultConnectionLimits)) {
    if (!isLimit(name)) continue
    const value = given[name]
    if (value === undefined) continue
    limits[name] = checkCount(name, value, mayBeZero.has(name) ? 0 : 1)
  }
  return limits
}

const mayBeZero = new Set([
  'maxEmptyLines',
  'maxChunkOverheadBytes',
  'maxChunkExtensionBytes',
  'maxTrailerBytes',
  'maxTrailerFields',
  'maxUnreadBytes',
])

const isLimit = (name: string): name is keyof ConnectionLimits => name in defaultConnectionLimits

/** `graceMs` may be computed from a deadline, so a negative number is allowed and means none. */
export const checkGrace = (graceMs: number): void => {
  if (typeof graceMs === 'number' && !Number.isNaN(graceMs)) return
  throw new RangeError(`Cannot use graceMs: found ${graceMs}, wanted milliseconds`)
}
