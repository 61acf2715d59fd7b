// The middlewares of the hello work for servers of the connect kind: `(request, response, next)`.
import onHeaders from 'on-headers'
import { nextId, securityFields, timing, token } from './five.mjs'

const timed = (_request, response, next) => {
  const startedAt = performance.now()
  // As the package response-time does it: the time is known when the head is written.
  onHeaders(response, () => response.setHeader('server-timing', timing(startedAt)))
  next()
}

const named = (request, response, next) => {
  request.id = nextId()
  response.setHeader('x-request-id', request.id)
  next()
}

const secured = (_request, response, next) => {
  for (const [name, value] of securityFields) response.setHeader(name, value)
  next()
}

const authorized = (request, response, next) => {
  if (request.headers.authorization === token) return next()
  response.statusCode = 401
  response.end('who are you?')
}

/** All but the router, which is the framework's own. */
export const fiveMiddlewares = [timed, named, secured, authorized]

export const passing = () => (_request, _response, next) => next()
