import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Calls back if the connection of a pipelined request closes before its response has the socket: Node tells such a response
 * nothing.
 */
export const whenQueuedClosed = (res: ServerResponse, call: () => void): void => {
  const queued = queuedOn(res.req.socket)
  queued.add(call)
  res.once('socket', () => queued.delete(call))
}

/** One listener a socket: a client may pipeline many requests. */
const queues = new WeakMap<Socket, Set<() => void>>()

const queuedOn = (socket: Socket): Set<() => void> => {
  const known = queues.get(socket)
  if (known !== undefined) return known
  const queued = new Set<() => void>()
  queues.set(socket, queued)
  socket.once('close', () => {
    for (const call of queued) call()
  })
  return queued
}
