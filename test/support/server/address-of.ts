import type { AddressInfo, Server } from 'node:net'

/** The address of a server that listens on a port. */
export const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) return address
  throw new Error('Cannot tell the port: the server does not listen on one')
}
