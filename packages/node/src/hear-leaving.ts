import type { Socket } from 'node:net'

// Node reads no more from the socket of an Upgrade or a CONNECT, and so it does not hear that the client has ended its half. Node's
// server takes this for a client that has gone, and ends its own half.

/** Hears that the client of a socket leaves, until another protocol begins on it. */
export interface Leaving {
  /** What the client still sends is read and discarded: no other protocol will read it. */
  discard(): void
  /** The socket belongs to other code from now on. */
  ignore(): void
}

/** Bytes that came after the request stay unread: the other protocol may want them. An end behind them is heard with them. */
export const hearLeaving = (socket: Socket): Leaving => {
  const ended = () => void socket.end()
  const readable = () => {
    // Only reading an empty buffer tells the end.
    if (socket.readableLength === 0) socket.read()
  }
  const ignore = () => {
    socket.off('readable', readable)
    socket.off('end', ended)
  }
  socket.once('end', ended)
  socket.on('readable', readable)
  return {
    discard() {
      socket.off('readable', readable)
      socket.resume()
    },
    ignore,
  }
}
