// Bun.serve, bare and by toFetch.
import { toFetch } from '@sluice/fetch'
import { json, text } from '@sluice/stack'
import { greeting, order } from '../support/host-contents.mjs'
import { serving } from '../support/serving.mjs'

const listen = (fetch) =>
  Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 120, fetch }).port

await serving({
  text: () => listen(() => new Response(greeting)),
  json: () => listen(() => Response.json(order)),
  'sluice-text': () => listen(toFetch(() => text(greeting))),
  'sluice-json': () => listen(toFetch(() => json(order))),
})
