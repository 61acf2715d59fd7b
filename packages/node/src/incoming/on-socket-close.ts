import type { Socket } from 'node:net'

/** One listener a socket: a client may pipeline many requests. */
const calls = new WeakMap<Socket, Set<() => void>>()

/** Calls back if a socket closes, unless what this returns was called before. */
export const onSocketClose = (socket: Socket, call: () => void): (() => void) => {
  const waiting = callsOf(socket)
  waiting.add(call)
  return () => waiting.delete(call)
}

const callsOf = (socket: Socket): Set<() => void> => {
  const known = calls.get(socket)
  if (known !== undefined) return known
  const waiting = new Set<() => void>()
  calls.set(socket, waiting)
  socket.once('close', () => {
    for (const call of waiting) call()
  })
  return waiting
}
