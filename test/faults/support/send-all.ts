import { once } from 'node:events'
import type { Socket } from 'node:net'

const part = Buffer.alloc(262_144, 'b')

/**
 * Sends so many bytes as fast as the socket takes them, whatever the other end says meanwhile.
 *
 * @returns How many could be sent before the connection was gone.
 */
export const sendAll = async (socket: Socket, bytes: number): Promise<number> => {
  let left = bytes
  while (left > 0 && socket.writable) {
    const size = Math.min(left, part.length)
    left -= size
    if (!socket.write(part.subarray(0, size))) await roomOrEnd(socket)
  }
  return bytes - left
}

/** Waits until a socket has room, or is gone. */
export const roomOrEnd = async (socket: Socket): Promise<void> => {
  const stop = new AbortController()
  const { signal } = stop
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
    // `once` rejects at an error of the socket: then it is gone.
    () => {},
  )
  stop.abort()
}
