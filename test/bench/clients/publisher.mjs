import { once } from 'node:events'
import { connect } from 'node:net'

/** A kept connection by which the bench has the server publish a message of so many bytes. */
export const openPublisher = async (port) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.resume()
  return {
    publish: (bytes) =>
      socket.write(`GET /publish?bytes=${bytes} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    close: () => socket.destroy(),
  }
}
