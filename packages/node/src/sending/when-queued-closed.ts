import { onSocketClose } from '../incoming/on-socket-close.ts'
import type { ServerResponse } from 'node:http'

/**
 * Calls back if the connection of a pipelined request closes before its response has the socket: Node tells such a response
 * nothing.
 */
export const whenQueuedClosed = (res: ServerResponse, call: () => void): void => {
  res.once('socket', onSocketClose(res.req.socket, call))
}
