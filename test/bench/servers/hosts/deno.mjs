// Deno.serve, bare and by toFetch. The shortest bare handlers send another head.
import { toFetch } from '@sluice/fetch'
import { json, text } from '@sluice/stack'
import { greeting, order } from '../support/host-contents.mjs'
import { serving } from '../support/serving.mjs'

const head = (type) => ({ status: 200, headers: { 'content-type': type } })

const listen = (handler) =>
  new Promise((resolve) => {
    const onListen = ({ port }) => resolve(port)
    Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, handler)
  })

await serving({
  text: () => listen(() => new Response(greeting, head('text/plain; charset=utf-8'))),
  json: () => listen(() => new Response(JSON.stringify(order), head('application/json'))),
  'short-text': () => listen(() => new Response(greeting)),
  'short-json': () => listen(() => Response.json(order)),
  'sluice-text': () => listen(toFetch(() => text(greeting))),
  'sluice-json': () => listen(toFetch(() => json(order))),
})
