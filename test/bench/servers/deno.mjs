// Deno.serve, whose HTTP is hyper's, in Rust.
import {
  around,
  fetchEvents,
  fetchJson,
  fetchRouter,
  fetchTransfer,
  fiveMiddlewares,
} from './support/fetch.mjs'
import { serving } from './support/serving.mjs'

const listen = (handler) =>
  new Promise((resolve) => {
    const onListen = ({ port }) => resolve(port)
    Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, handler)
  })

await serving({
  hello: () => listen(around(fiveMiddlewares, fetchRouter)),
  json: () => listen(fetchJson),
  transfer: () => listen(fetchTransfer),
  events: () => listen(fetchEvents()),
})
