import { TurnSampler, yieldTurnThen } from '@sluice/body/engine'
import { drain, finish } from './end-connection.ts'
import { Exchange } from './exchange.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { Connection } from './connection.ts'

/** Measures the turns in which pipelined requests are served. One for all connections: their requests are alike. */
const sampler = new TurnSampler()

/** The `skippedBytes` of a connection unless it reads out what a handler has left unread. */
export const notSkipping = -1

/**
 * Serves the requests of a connection that have come, until one has to wait for its handler or for room. Responses are written
 * together.
 *
 * Content that a handler left unread is skipped before the next request, up to `maxUnreadBytes`.
 *
 * Called when input has come or ended, when an exchange has ended, and when the socket has room again. A call from within does
 * nothing: the loop that runs goes on.
 */
export const serveRequests = (connection: Connection): void => {
  const { output, parser, context } = connection
  if (connection.serving !== 'no') return
  connection.serving = 'now'
  try {
    while (connection.exchange === undefined && output.hasRoom && takeEvent(connection)) {
      if (output.readyBytes > context.limits.highWaterBytes) output.write()
      if (parser.bufferedBytes > 0 && sampler.isTurnOver()) {
        connection.serving = 'next turn'
        yieldTurnThen(() => goOn(connection))
        break
      }
    }
  } catch (error) {
    connection.refuse(error)
  } finally {
    if (connection.serving === 'now') connection.serving = 'no'
  }
  // The new owner may have paused it.
  if (connection.state === 'taken over') return
  output.write()
  if (!connection.isHeldUp) connection.readMore()
}

const goOn = (connection: Connection): void => {
  connection.serving = 'no'
  serveRequests(connection)
}

/** Takes an event of the parser; `false` if there is nothing to do before more input comes. */
const takeEvent = (connection: Connection): boolean => {
  const { parser, context } = connection
  if (connection.state !== 'open') return false
  const event = parser.next()
  switch (event?.kind) {
    case 'head':
      begin(connection, event.head)
      return true
    case 'data':
      connection.skippedBytes += event.bytes.length
      if (connection.skippedBytes > context.limits.maxUnreadBytes) finish(connection)
      return true
    case 'trailers':
      return true
    case 'end':
      return letNextCome(connection)
    case undefined:
      if (parser.state === 'ended') return letNextCome(connection)
      if (connection.halfClosed) finish(connection)
      return false
  }
}

const begin = (connection: Connection, head: RequestHead): void => {
  connection.requests++
  connection.timeouts.received()
  const exchange = new Exchange(head, connection)
  connection.exchange = exchange
  if (connection.halfClosed) exchange.inputEnded()
  exchange.start(head)
}

const letNextCome = (connection: Connection): true => {
  connection.skippedBytes = notSkipping
  connection.parser.nextRequest()
  drain(connection)
  return true
}
