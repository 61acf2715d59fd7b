import { breakOff } from '@sluice/stack/host'
import { clockMs } from './timeouts.ts'
import type { Connection } from './connection.ts'

// How a connection ends by our own doing.

/** A connection that has just come may keep a closing server for so long. */
const firstRequestMs = 500

/** Writes what is ready, closes our half of the connection, and lingers. */
export const finish = (connection: Connection): void => {
  const { parser, socket } = connection
  connection.output.write()
  connection.state = 'lingering'
  connection.timeouts.restart()
  const isBetween = parser.state !== 'refused' && parser.state !== 'head'
  connection.readAll = isBetween && parser.contentBytesLeft === 0 && parser.bufferedBytes === 0
  parser.takeRest()
  // One turn later, all that the client had sent by now has been read.
  if (connection.context.closing) socket.end(() => setImmediate(() => drain(connection)))
  else socket.end()
  connection.readMore()
}

/** If the server is closing: closes a connection without a request, and a lingering one when the kernel has its response. */
export const drain = (connection: Connection): void => {
  if (!connection.context.closing) return
  if (connection.state === 'lingering') {
    // As in `node:http`: the client will send no more, and the kernel delivers the rest.
    if (connection.readAll && connection.socket.writableFinished) cut(connection)
    return
  }
  if (!connection.isIdle) return
  // The first request of a connection that has just come is in the kernel, or on its way: it is waited for a moment.
  if (connection.requests === 0 && clockMs() - connection.acceptedAt < firstRequestMs) return
  const { unsentBytes, readyBytes } = connection.output
  if (unsentBytes === 0 && readyBytes === 0) cut(connection)
  else finish(connection)
}

/** Ends the connection at once. */
export const cut = ({ exchange, socket, hasReset }: Connection): void => {
  if (exchange?.endsWithConnection === true) breakOff(socket, hasReset)
  else socket.destroy()
}
