import { fields, isData, readJson } from '@sluice/body'
import { serve } from '@sluice/server'
import { json, mapResponse, stack, stream, text } from '@sluice/stack'
import { nextId, pages, pathOf, securityFields, several, timing, token } from './support/five.mjs'
import { eventFields, eventOf, makeHub, messageOf } from './support/hub.mjs'
import { bytesOf, pieces } from './support/pieces.mjs'
import { serving } from './support/serving.mjs'

const withField = (response, name, value) => ({
  ...response,
  headers: response.headers.with(name, value),
})

const timed = (next) => (request) => {
  const startedAt = performance.now()
  return mapResponse(next(request), (response) =>
    withField(response, 'server-timing', timing(startedAt)),
  )
}

const named = (next) => (request) => {
  const id = nextId()
  return mapResponse(next({ id, ...request }), (response) =>
    withField(response, 'x-request-id', id),
  )
}

const security = fields(securityFields)

const withSecurity = (response) => ({ ...response, headers: response.headers.withAll(security) })

const secured = (next) => (request) => mapResponse(next(request), withSecurity)

const authorized = (next) => (request) =>
  request.headers.get('authorization') === token
    ? next(request)
    : text('who are you?', { status: 401 })

const routed = (next) => (request) => {
  const page = request.method === 'GET' ? pages[pathOf(request.target)] : undefined
  return page === undefined ? next(request) : text(page)
}

const passing = () => (next) => (request) => next(request)

const noSuchPage = () => text('no such page', { status: 404 })

const listen = async (handler) => {
  const server = await serve(handler, { idleTimeoutMs: 120_000 })
  return server.port
}

const receive = async ({ body }) => {
  let bytes = 0
  for await (const frame of body) if (isData(frame)) bytes += frame.bytes.length
  return text(`${bytes}`)
}

const transfer = (request) => {
  if (request.method !== 'GET') return receive(request)
  const bytes = bytesOf(request.target)
  return stream(pieces(bytes), { headers: { 'content-length': bytes } })
}

async function* events(hub) {
  yield eventOf('hello')
  for (;;) {
    yield { kind: 'pause', until: hub.next }
    yield hub.message
  }
}

const publishing = () => {
  const hub = makeHub()
  return (request) => {
    switch (pathOf(request.target)) {
      case '/events':
        return stream(events(hub), { headers: eventFields })
      case '/publish':
        hub.publish(Buffer.from(eventOf(messageOf(bytesOf(request.target)))))
        return text('published')
      default:
        return text('Hello, world!')
    }
  }
}

await serving({
  hello: () => listen(stack(timed, named, secured, authorized, routed)(noSuchPage)),
  bare: () => listen(() => text('Hello, world!')),
  depth: (count) => listen(stack(...several(count, passing))(() => text(pages['/hello']))),
  json: () =>
    listen(async ({ body }) => {
      const order = await readJson(body, { maxBytes: 65_536 })
      return json({ ...order, seen: true })
    }),
  transfer: () => listen(transfer),
  events: () => listen(publishing()),
})
