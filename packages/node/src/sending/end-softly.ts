import type { Socket } from 'node:net'

/** How long a client that still sends may take to read what it was sent, ms. */
const lingerMs = 2000

/**
 * Ends our half of a connection, and discards what still comes until the client has ended its own.
 *
 * If a socket is closed while bytes are unread, the kernel sends RST, and the client may lose what it has not read.
 */
export const endSoftly = (socket: Socket): void => {
  socket.end()
  socket.resume()
  const linger = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(linger))
}
