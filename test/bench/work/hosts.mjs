import { measureRequests, requestMetrics } from '../support/requests.mjs'

const gzip = { 'accept-encoding': 'gzip' }

/** What is compared: in each variant, candidates of one runtime, each a program, one of its apps and a path. */
const variants = [
  {
    variant: 'node:http, text',
    candidates: [
      ['listener', 'listener', 'text'],
      ['by-hand', 'by-hand', 'text'],
    ],
  },
  {
    variant: 'node:http, JSON',
    candidates: [
      ['listener', 'listener', 'json'],
      ['by-hand', 'by-hand', 'json'],
    ],
  },
  {
    variant: 'node:http, 16 KiB',
    candidates: [
      ['listener', 'listener', 'bytes'],
      ['by-hand', 'by-hand', 'bytes'],
    ],
  },
  {
    variant: 'Express, gzip',
    path: '/list',
    fields: gzip,
    connections: 16,
    candidates: [
      ['express-sluice', 'express-sluice', 'compressed'],
      ['express-compression', 'express-compression', 'compressed'],
    ],
  },
  {
    variant: 'Express, small',
    path: '/small',
    fields: gzip,
    candidates: [
      ['express-sluice', 'express-sluice', 'compressed'],
      ['express-compression', 'express-compression', 'compressed'],
    ],
  },
  {
    variant: 'Hono, text',
    path: '/text',
    candidates: [
      ['from-fetch', 'from-fetch', 'app'],
      ['from-fetch-light', 'from-fetch', 'light'],
      ['hono', 'hono-node-server', 'app'],
    ],
  },
  {
    variant: 'Hono, JSON',
    path: '/json',
    content: JSON.stringify({ id: 4711, items: [1, 2, 3], note: 'x'.repeat(100) }),
    candidates: [
      ['from-fetch', 'from-fetch', 'app'],
      ['from-fetch-light', 'from-fetch', 'light'],
      ['hono', 'hono-node-server', 'app'],
    ],
  },
  ...['deno', 'bun'].flatMap((kind) =>
    ['text', 'json'].map((app) => ({
      variant: `${kind === 'deno' ? 'Deno' : 'Bun'}, ${app === 'json' ? 'JSON' : app}`,
      kind,
      candidates: [
        [`${kind}-sluice`, kind, `sluice-${app}`],
        [`${kind}-bare`, kind, app],
        [`${kind}-short`, kind, `short-${app}`],
      ],
    })),
  ),
]

const labels = {
  listener: 'toListener',
  'by-hand': 'node:http, by hand',
  'express-sluice': 'Express, toMiddleware(compress())',
  'express-compression': 'Express, compression',
  'from-fetch': 'fromFetch',
  'from-fetch-light': 'fromFetch, light Response',
  hono: '@hono/node-server',
  'deno-sluice': 'Deno.serve, toFetch',
  'deno-bare': 'Deno.serve, the same head',
  'deno-short': 'Deno.serve, its shortest',
  'bun-sluice': 'Bun.serve, toFetch',
  'bun-bare': 'Bun.serve, the same head',
  'bun-short': 'Bun.serve, its shortest',
}

const entriesOf = ({ runtimes, only }) =>
  variants.flatMap(({ variant, kind = 'node', path = '/', candidates, ...request }) =>
    runtimes
      .filter((runtime) => runtime.kind === kind)
      .flatMap((runtime) =>
        candidates
          .filter(([peer]) => only === undefined || only.includes(peer))
          .map(([peer, program, app]) => ({
            peer,
            runtime: runtime.name,
            command: runtime.command,
            args: runtime.args,
            script: `test/bench/servers/hosts/${program}.mjs`,
            app: [app],
            variant,
            path,
            ...request,
          })),
      ),
  )

export const hosts = {
  name: 'hosts',
  title: 'In other hosts',
  about:
    'A handler in `node:http`, Deno and Bun beside one written for it; `compress()` in front of Express beside the package `compression`; a Hono application on our server beside `@hono/node-server`. Ten browser-like request fields, keep-alive, no pipelining.',
  variantTitle: 'what',
  metrics: {
    ...requestMetrics,
    perSecond: { title: requestMetrics.perSecond.title, more: true },
    cpu: { title: requestMetrics.cpu.title },
  },
  charted: 'cpu',
  labels,
  marks: [
    ...['text', 'JSON'].flatMap((what) => [
      {
        metric: 'cpu',
        of: 'listener',
        over: 'by-hand',
        variant: `node:http, ${what}`,
        atMost: 1.15,
        until: 20,
      },
      {
        metric: 'cpu',
        of: 'listener',
        over: 'by-hand',
        variant: `node:http, ${what}`,
        atMost: 1.2,
        from: 21,
      },
    ]),
    { metric: 'cpu', of: 'listener', over: 'by-hand', variant: 'node:http, 16 KiB', atMost: 1 },
    {
      metric: 'cpu',
      of: 'express-sluice',
      over: 'express-compression',
      variant: 'Express, gzip',
      atMost: 0.85,
    },
    {
      metric: 'perSecond',
      of: 'express-sluice',
      over: 'express-compression',
      variant: 'Express, gzip',
      atLeast: 0.9,
    },
    {
      metric: 'cpu',
      of: 'express-sluice',
      over: 'express-compression',
      variant: 'Express, small',
      atMost: 1.05,
    },
    ...['text', 'JSON'].flatMap((what) => [
      {
        metric: 'perSecond',
        of: 'from-fetch-light',
        over: 'hono',
        variant: `Hono, ${what}`,
        atLeast: 1.5,
      },
      {
        metric: 'perSecond',
        of: 'from-fetch',
        over: 'hono',
        variant: `Hono, ${what}`,
        atLeast: 0.4,
        until: 20,
      },
      {
        metric: 'perSecond',
        of: 'from-fetch',
        over: 'hono',
        variant: `Hono, ${what}`,
        atLeast: 0.7,
        from: 21,
      },
      {
        metric: 'cpu',
        of: 'deno-sluice',
        over: 'deno-bare',
        variant: `Deno, ${what}`,
        atMost: 1.2,
      },
      { metric: 'cpu', of: 'bun-sluice', over: 'bun-bare', variant: `Bun, ${what}`, atMost: 1.5 },
    ]),
  ],
  run: (bench) => measureRequests(entriesOf(bench), bench),
}
