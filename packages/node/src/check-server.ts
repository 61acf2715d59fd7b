import { foundIn, isObject } from '@sluice/body/engine'

/**
 * Checks the server that `attach` is given.
 *
 * @throws {TypeError} The message says what was found, and what to do.
 */
export const checkServer = (server: unknown): void => {
  if (!isServer(server)) throw new TypeError(`Cannot attach: found ${sentenceOf(server)}`)
  if (attached.has(server))
    throw new TypeError('Cannot attach: found a server that has a handler: first detach it')
}

/** The handlers of servers: a second one would answer what the first one has answered. */
export const attached: WeakMap<object, unknown> = new WeakMap()

const isServer = (server: unknown): server is object =>
  isObject(server) &&
  ['on', 'listen', 'close', 'address'].every(
    (name) => typeof Reflect.get(server, name) === 'function',
  )

const sentenceOf = (server: unknown): string => {
  if (typeof server === 'function')
    return 'a function, wanted a server: call attach(server, handler); an application such as that of Express takes toListener(handler)'
  if (isObject(server) && 'server' in server && isServer(server.server))
    return 'an application, such as that of Fastify, wanted a server: its routes take toListener(handler)'
  return `${foundIn(server)}, wanted a server of node:http, node:https or node:http2`
}
