import { measureRequests, requestMetrics } from '../support/requests.mjs'

const depths = ['0', '5', '20']

export const depth = {
  name: 'depth',
  title: 'Middlewares that only pass on: 0, 5, 20',
  about:
    'What a layer itself costs: each calls the next, in the idiom of its server, and does nothing.',
  metrics: requestMetrics,
  charted: 'cpu',
  peers: ['sluice', 'node-five', 'fastify', 'koa', 'express'],
  marks: [{ metric: 'cpu', own: '20', variant: '0', over: 'sluice', atMost: 1.05 }],
  run: (bench) =>
    measureRequests(
      depths.flatMap((count) =>
        bench.candidates.map((each) => ({
          ...each,
          variant: count,
          app: ['depth', count],
          path: '/hello',
        })),
      ),
      bench,
      0.5,
    ),
}
