// node:http, bare: nothing is stacked on it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { eventFields, eventOf, messageOf } from './support/hub.mjs'
import { bytesOf, pieces } from './support/pieces.mjs'
import { listen, serving } from './support/serving.mjs'

const keepAliveTimeout = 120_000

const http = (handler) => listen(createServer({ keepAliveTimeout }, handler))

const answer = (response, text, type = 'text/plain') => {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

const readText = async (request) => {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

const send = async (response, bytes) => {
  response.writeHead(200, { 'content-length': bytes })
  for await (const piece of pieces(bytes)) if (!response.write(piece)) await once(response, 'drain')
  response.end()
}

const receive = (request, response) => {
  let bytes = 0
  request.on('data', (part) => {
    bytes += part.length
  })
  request.on('end', () => answer(response, `${bytes}`))
}

const events = () => {
  const open = new Set()
  return (request, response) => {
    switch (request.url.split('?')[0]) {
      case '/events':
        response.writeHead(200, eventFields)
        response.write(eventOf('hello'))
        open.add(response)
        return response.on('close', () => open.delete(response))
      case '/publish': {
        const bytes = Buffer.from(eventOf(messageOf(bytesOf(request.url))))
        for (const each of open) each.write(bytes)
        return answer(response, 'published')
      }
      default:
        return answer(response, 'Hello, world!')
    }
  }
}

await serving({
  hello: () => http((_request, response) => answer(response, 'Hello, world!')),
  json: () =>
    http(async (request, response) => {
      const order = JSON.parse(await readText(request))
      answer(response, JSON.stringify({ ...order, seen: true }), 'application/json')
    }),
  transfer: () =>
    http((request, response) =>
      request.method === 'GET' ? send(response, bytesOf(request.url)) : receive(request, response),
    ),
  events: () => http(events()),
})
