// The works for servers of the fetch kind: from a Request to a Response.
import { nextId, pages, securityFields, timing, token } from './five.mjs'
import { eventFields, eventOf, makeHub, messageOf } from './hub.mjs'
import { bytesOf, pieces } from './pieces.mjs'

const text = (content, status = 200) =>
  new Response(content, { status, headers: { 'content-type': 'text/plain' } })

const timed = async (_request, next) => {
  const startedAt = performance.now()
  const response = await next()
  response.headers.set('server-timing', timing(startedAt))
  return response
}

const named = async (_request, next) => {
  const id = nextId()
  const response = await next()
  response.headers.set('x-request-id', id)
  return response
}

const secured = async (_request, next) => {
  const response = await next()
  for (const [name, value] of securityFields) response.headers.set(name, value)
  return response
}

const authorized = (request, next) =>
  request.headers.get('authorization') === token ? next() : text('who are you?', 401)

const routed = (request, next) => {
  const page = request.method === 'GET' ? pages[new URL(request.url).pathname] : undefined
  return page === undefined ? next() : text(page)
}

/** All but the router, which stands innermost. */
export const fiveMiddlewares = [timed, named, secured, authorized]

export const fetchRouter = (request) => routed(request, () => text('no such page', 404))

/** Puts middlewares around a handler, for servers that have none of their own. */
export const around = (middlewares, last) =>
  middlewares.reduceRight((next, run) => (request) => run(request, () => next(request)), last)

export const fetchJson = async (request) => Response.json({ ...(await request.json()), seen: true })

const receive = async (request) => {
  let bytes = 0
  for await (const part of request.body) bytes += part.length
  return text(`${bytes}`)
}

const streamOf = (bytes) => {
  const source = pieces(bytes)
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => source.return(),
  })
}

export const fetchTransfer = (request) => {
  if (request.method !== 'GET') return receive(request)
  const bytes = bytesOf(request.url)
  return new Response(streamOf(bytes), { headers: { 'content-length': `${bytes}` } })
}

/** Streams of events, each pushed to by whoever publishes. */
export const fetchEvents = () => {
  const encoder = new TextEncoder()
  const hub = makeHub()
  const eventsOf = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(encoder.encode(eventOf('hello'))),
      pull: async (controller) => controller.enqueue(await hub.next),
    })
  return (request) => {
    switch (new URL(request.url).pathname) {
      case '/events':
        return new Response(eventsOf(), { headers: eventFields })
      case '/publish':
        hub.publish(encoder.encode(eventOf(messageOf(bytesOf(request.url)))))
        return text('published')
      default:
        return text(pages['/hello'])
    }
  }
}
