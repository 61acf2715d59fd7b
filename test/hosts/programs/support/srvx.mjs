import { announce } from './announce.mjs'

/** Tells the runner where a server of srvx listens. */
export const announceServer = async (server) => {
  await server.ready()
  announce({ port: Number(new URL(server.url).port), protocol: 'http/1.1' })
}
