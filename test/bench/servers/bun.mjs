// Bun.serve, whose HTTP is uWebSockets', in C++.
import {
  around,
  fetchEvents,
  fetchJson,
  fetchRouter,
  fetchTransfer,
  fiveMiddlewares,
} from './support/fetch.mjs'
import { serving } from './support/serving.mjs'

const listen = (fetch) =>
  Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 120,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch,
  }).port

await serving({
  hello: () => listen(around(fiveMiddlewares, fetchRouter)),
  json: () => listen(fetchJson),
  transfer: () => listen(fetchTransfer),
  events: () => listen(fetchEvents()),
})
