/** How long a client may take to read what came before RST, ms. */
const resetAfterMs = 100

/** A socket of Node, by shape. */
interface BreakableSocket {
  destroy(): unknown
  resetAndDestroy(): unknown
  once(event: 'close', call: () => void): unknown
}

/**
 * Ends a connection whose end is that of its content (RFC 9112 6.3), so that it does not look complete: FIN would.
 *
 * @param hasReset Whether it is plain TCP, which alone can be reset. A client over TLS sees that the closing alert is missing (RFC 8446
 * 6.1).
 */
export const breakOff = (socket: BreakableSocket, hasReset: boolean): void => {
  if (hasReset) socket.resetAndDestroy()
  else socket.destroy()
}

/**
 * As `breakOff`, but not at once: clients may lose bytes that they have not read, and those on libuv take RST right behind such bytes
 * for FIN.
 */
export const breakOffSoon = (socket: BreakableSocket, hasReset: boolean): void => {
  const timer = setTimeout(() => breakOff(socket, hasReset), resetAfterMs)
  socket.once('close', () => clearTimeout(timer))
}
