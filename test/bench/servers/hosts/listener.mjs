// A handler in node:http, by toListener.
import { createServer } from 'node:http'
import { toBody } from '@sluice/body'
import { toListener } from '@sluice/node'
import { json, stream, text } from '@sluice/stack'
import { bytes16, greeting, order } from '../support/host-contents.mjs'
import { listen, serving } from '../support/serving.mjs'

const http = (handler) => listen(createServer({ keepAliveTimeout: 120_000 }, toListener(handler)))

const init = { headers: { 'content-type': 'application/octet-stream' } }

await serving({
  text: () => http(() => text(greeting)),
  json: () => http(() => json(order)),
  bytes: () => http(() => stream(toBody(bytes16), init)),
})
