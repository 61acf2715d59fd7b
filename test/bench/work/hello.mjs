import { measureRequests, requestMetrics } from '../support/requests.mjs'

export const hello = {
  name: 'hello',
  title: 'Hello with five middlewares',
  about:
    'A request id, a `server-timing`, four security fields, the check of `authorization` and a router of five paths, in the idiom of each server; `node:net` and `node:http, bare` do none of it. Ten browser-like request fields, keep-alive, no pipelining.',
  metrics: requestMetrics,
  charted: 'cpu',
  peers: [
    'sluice',
    'net',
    'node',
    'node-five',
    'fastify',
    'hono',
    'h3',
    'srvx',
    'koa',
    'express',
    'polka',
    'deno',
    'bun',
  ],
  marks: [
    { metric: 'perSecond', over: 'node', atLeast: 1.3, until: 20 },
    { metric: 'perSecond', over: 'node', atLeast: 1.2, from: 21 },
    { metric: 'perSecond', over: 'fastify', atLeast: 1.3 },
    { metric: 'cpu', over: 'net', atMost: 1.25 },
  ],
  run: (bench) =>
    measureRequests(
      bench.candidates.map((each) => ({ ...each, app: ['hello'], path: '/hello' })),
      bench,
    ),
}
