import { notSkipping } from './serve-requests.ts'
import type { ConnectionLimits } from '../options.ts'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'

/** What is to be done about a connection. */
export type Verdict = 'wait' | 'close' | 'refuse head' | 'fail content' | 'cut pause' | 'cut'

/** No client may keep a connection lingering longer, whatever it sends. */
const maxLingerMs = 30_000

/**
 * The time by a clock that does not jump, in whole milliseconds, rounded up, so that no time-out comes early. These are small
 * integers for 24 days; a fraction would be an object of its own in each place that keeps it.
 */
export const clockMs = (): number => Math.ceil(performance.now())

/** Filled in at the next tick, so that requests never read the clock and no time-out comes early. */
const soon = -1

/**
 * The time-outs of a connection: since when it has waited, and since when nothing has come.
 *
 * Times are filled in by `look`, so a time-out may come up to two ticks late, and never early.
 */
export class Timeouts {
  #begunAt = soon
  #receivedAt = soon
  #takenAt = soon
  #sentBytes = 0
  #pause = 0
  /** Whether a 408 was sent: then the client gets less time to linger. */
  #hasTimedOut = false
  #pausedAt = soon
  #progress: number | undefined
  #progressAt = soon

  /** The connection waits for something else from now on. */
  restart(): void {
    this.#begunAt = soon
    this.#receivedAt = soon
  }

  /** Input has come, or the handler begins to wait for it. */
  received(): void {
    this.#receivedAt = soon
  }

  /** A 408 is sent. */
  timedOut(): void {
    this.#hasTimedOut = true
  }

  /**
   * Called about four times a second.
   *
   * @param asOf All input up to this time has been read. Ages are measured up to it, so that clients do not time out because the
   *   process stalled.
   */
  look(connection: Connection, asOf: number, now: number): Verdict {
    const { state, exchange, output, parser, context } = connection
    const { lingerMs, headTimeoutMs, idleTimeoutMs } = context.limits
    if (this.#begunAt === soon) this.#begunAt = now
    if (this.#receivedAt === soon) this.#receivedAt = now
    if (this.#takesNothing(connection, asOf, now)) return 'cut'
    if (this.#standsStill(connection, asOf, now)) return 'cut'
    if (state === 'open' && exchange !== undefined)
      return this.#lookAtExchange(exchange, context.limits, asOf, now)
    // A client that has to read before more is served may take as long as for any write.
    if (!output.hasRoom) return 'wait'
    const age = asOf - this.#begunAt
    if (state === 'lingering') {
      if (output.unsentBytes > 0) this.#receivedAt = now
      const isLate = age > (this.#hasTimedOut ? lingerMs : maxLingerMs)
      return isLate || asOf - this.#receivedAt > lingerMs ? 'cut' : 'wait'
    }
    if (connection.skippedBytes !== notSkipping) return age > lingerMs ? 'close' : 'wait'
    if (parser.state === 'head') return age > headTimeoutMs ? 'refuse head' : 'wait'
    return age > (connection.requests === 0 ? headTimeoutMs : idleTimeoutMs) ? 'close' : 'wait'
  }

  /** Whether the client has taken nothing of what was written for too long. */
  #takesNothing({ output, context }: Connection, asOf: number, now: number): boolean {
    const { unsentBytes, sentBytes } = output
    if (unsentBytes > 0 && sentBytes <= this.#sentBytes)
      return asOf - this.#takenAt > context.limits.writeTimeoutMs
    this.#takenAt = now
    // A small integer for connections that have sent everything.
    this.#sentBytes = unsentBytes > 0 ? sentBytes : 0
    return false
  }

  /** Whether the response to a half-closed client, which may have gone, has made no progress for too long. */
  #standsStill(connection: Connection, asOf: number, now: number): boolean {
    const progress = progressOf(connection)
    if (progress !== undefined && progress === this.#progress)
      return asOf - this.#progressAt > connection.context.limits.halfClosedTimeoutMs
    this.#progress = progress
    this.#progressAt = now
    return false
  }

  #lookAtExchange(
    { pause, content }: Exchange,
    { contentTimeoutMs, requestTimeoutMs, pauseTimeoutMs }: ConnectionLimits,
    asOf: number,
    now: number,
  ): Verdict {
    if (pause === 0 || pause !== this.#pause) this.#pausedAt = now
    else if (asOf - this.#pausedAt > pauseTimeoutMs) return 'cut pause'
    this.#pause = pause
    if (content?.waiting !== true) return 'wait'
    const isLate =
      asOf - this.#receivedAt > contentTimeoutMs || asOf - this.#begunAt > requestTimeoutMs
    return isLate ? 'fail content' : 'wait'
  }
}

/**
 * A number that changes if bytes were sent, content was read, or a pause or a request began or ended; `undefined` unless a
 * half-closed client waits for a response.
 */
const progressOf = ({
  halfClosed,
  exchange,
  output,
  parser,
  requests,
}: Connection): number | undefined =>
  halfClosed && exchange !== undefined
    ? output.sentBytes - parser.bufferedBytes + exchange.pause + requests
    : undefined
