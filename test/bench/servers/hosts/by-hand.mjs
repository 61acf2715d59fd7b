// node:http, as its documentation has it.
import { createServer } from 'node:http'
import { bytes16, greeting, order } from '../support/host-contents.mjs'
import { listen, serving } from '../support/serving.mjs'

const http = (type, contentOf) =>
  listen(
    createServer({ keepAliveTimeout: 120_000 }, (_request, response) => {
      const content = contentOf()
      const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length
      response.writeHead(200, { 'content-type': type, 'content-length': length })
      response.end(content)
    }),
  )

await serving({
  text: () => http('text/plain; charset=utf-8', () => greeting),
  json: () => http('application/json', () => JSON.stringify(order)),
  bytes: () => http('application/octet-stream', () => bytes16),
})
