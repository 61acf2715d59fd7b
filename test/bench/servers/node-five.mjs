// node:http with the five middlewares by hand, each a function from a request and what comes next to an answer.
import { createServer } from 'node:http'
import { nextId, pages, pathOf, securityFields, several, timing, token } from './support/five.mjs'
import { listen, serving } from './support/serving.mjs'

const timed = (next) => (request) => {
  const startedAt = performance.now()
  const answer = next(request)
  answer.fields['server-timing'] = timing(startedAt)
  return answer
}

const named = (next) => (request) => {
  request.id = nextId()
  const answer = next(request)
  answer.fields['x-request-id'] = request.id
  return answer
}

const secured = (next) => (request) => {
  const answer = next(request)
  for (const [name, value] of securityFields) answer.fields[name] = value
  return answer
}

const text = (status, content) => ({
  status,
  fields: { 'content-type': 'text/plain', 'content-length': content.length },
  content,
})

const authorized = (next) => (request) =>
  request.headers.authorization === token ? next(request) : text(401, 'who are you?')

const routed = (next) => (request) => {
  const page = request.method === 'GET' ? pages[pathOf(request.url)] : undefined
  return page === undefined ? next(request) : text(200, page)
}

const passing = () => (next) => (request) => next(request)

const serve = (middlewares, last) => {
  const app = middlewares.reduceRight((next, middleware) => middleware(next), last)
  return listen(
    createServer((request, response) => {
      const { status, fields, content } = app(request)
      response.writeHead(status, fields)
      response.end(content)
    }),
  )
}

await serving({
  hello: () => serve([timed, named, secured, authorized, routed], () => text(404, 'no such page')),
  depth: (count) => serve(several(count, passing), () => text(200, pages['/hello'])),
})
