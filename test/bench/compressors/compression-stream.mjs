import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { listen, serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

const encoder = new TextEncoder()

const sendCoded = (response, parts, fields) => {
  const bytes = (async function* () {
    for await (const part of parts) yield typeof part === 'string' ? encoder.encode(part) : part
  })()
  const coded = ReadableStream.from(bytes).pipeThrough(new CompressionStream('gzip'))
  response.writeHead(200, { ...fields, 'content-encoding': 'gzip' })
  Readable.fromWeb(coded)
    .on('error', () => {})
    .pipe(response)
}

const app = ({ url }, response) => {
  if (url === '/page') return sendCoded(response, bodies.page(1500), bodies.pageFields)
  if (url === '/endless') return sendCoded(response, bodies.endless(), bodies.pageFields)
  if (url === '/events') return sendCoded(response, bodies.events(), bodies.eventFields)
  return response.end(bodies.asked(url))
}

await serving({ app: () => listen(createServer({ keepAliveTimeout: 120_000 }, app)) })
