import { measureRequests, requestMetrics } from '../support/requests.mjs'

/** An order of 1 KiB, as JSON. */
const order = () => {
  const item = (n) => ({
    sku: `A-${1000 + n}`,
    name: `Item number ${n}`,
    count: n,
    price: 19.99 + n,
  })
  const content = { id: 4711, customer: { name: 'Ann Example', city: 'Zürich' }, note: '' }
  const items = Array.from({ length: 13 }, (_, n) => item(n))
  const bare = JSON.stringify({ ...content, items })
  const note = 'x'.repeat(1024 - Buffer.byteLength(bare))
  return JSON.stringify({ ...content, note, items })
}

export const json = {
  name: 'json',
  title: 'JSON in, JSON out, 1 KiB',
  about: 'An order is read whole, parsed, and answered with one more field.',
  metrics: requestMetrics,
  charted: 'cpu',
  peers: ['sluice', 'node', 'fastify', 'hono', 'h3', 'koa', 'express', 'deno', 'bun'],
  marks: [],
  run: (bench) =>
    measureRequests(
      bench.candidates.map((each) => ({
        ...each,
        app: ['json'],
        path: '/json',
        content: order(),
      })),
      bench,
      0.5,
    ),
}
