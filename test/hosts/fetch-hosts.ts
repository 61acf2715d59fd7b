import type { Host } from './hosts.ts'

/** What fetch has no words for: a `Request` and a `Response` cannot carry it. */
const unspoken = {
  'trailers of a request': 'the content is read without them',
  'an Upgrade is taken over': 'it is answered with 501, and the error is reported',
  '103 arrives before the response': 'no 103 comes',
  'trailers of a response': 'the content comes without them',
} as const

/** These hosts answer `Expect` by themselves. */
const continuing = {
  '`100 Continue` is sent when the handler first reads': 'it is sent before the handler is called',
} as const

/** These hosts end the connection after an error; in HTTP/1.0 that is the end of the content. */
const ending = {
  'the same in HTTP/1.0, where a cut is a reset':
    'the connection is closed, so the response looks complete',
} as const

/** These hosts do not say how a request came. */
const silent = {
  '`request.version` is that of the client': 'it is always `1.1`',
  'the address and port of the client': 'the address is empty',
} as const

const onNode = { ...unspoken, ...continuing, ...ending } as const

const node = { runtime: 'node', protocol: 'http/1.1', loses: onNode } as const

const printsErrors = 'it prints errors of response streams'

type Rest = Partial<Host>

const hostsOf = (
  column: string,
  name: string,
  program: string,
  rest: Rest = {},
): readonly Host[] => [
  { ...node, ...rest, name, column, program, via: 'fetch' },
  {
    ...node,
    ...rest,
    name: `${name} middleware`,
    column,
    program: `${program}-middleware`,
    via: 'fetch middleware',
  },
]

const hostOf = (column: string, name: string, program: string, rest: Rest = {}): Host => ({
  ...node,
  ...rest,
  name,
  column,
  program,
  via: 'fetch',
})

const versionless = { '`request.version` is that of the client': 'it is always `1.1`' } as const

const deno: Rest = {
  runtime: 'deno',
  loses: {
    ...unspoken,
    ...continuing,
    ...ending,
    ...versionless,
    '205 has no content': 'its length is left out, so a client may wait for the connection to end',
  },
  prints: printsErrors,
}

const bun: Rest = {
  runtime: 'bun',
  buffers: 1 << 20,
  loses: {
    ...unspoken,
    ...continuing,
    ...versionless,
    'the head arrives before the first byte exists': 'it is sent with the first byte',
    'trailers of a request': 'they are read as a next request, and answered with 400',
    '`Content-Length` is kept': 'that of a stream is not: it comes chunked',
  },
  prints: printsErrors,
}

const workerd: Rest = {
  runtime: 'workerd',
  loses: { ...unspoken, ...ending, ...silent },
  prints: printsErrors,
}

/** Fetch applications on our server. */
const onServer: Rest = { loses: unspoken }

/** Hosts that take a function from `Request` to `Response`. */
export const fetchHosts: readonly Host[] = [
  ...hostsOf('Hono on Node', 'Hono on Node', 'hono', { prints: printsErrors }),
  ...hostsOf('h3 2, srvx', 'h3 2', 'h3'),
  ...hostsOf('h3 2, srvx', 'srvx', 'srvx'),
  ...hostsOf('fetch-router', 'fetch-router', 'fetch-router', {
    loses: { ...onNode, ...silent },
    prints: printsErrors,
  }),
  hostOf('Next-style route handler', 'Next-style route handler', 'next-route', {
    loses: { ...onNode, ...silent },
  }),
  hostOf('Deno', 'Deno.serve', 'deno', deno),
  hostOf('Deno', 'Hono on Deno', 'hono-deno', deno),
  hostOf('Bun', 'Bun.serve', 'bun', bun),
  hostOf('Bun', 'Hono on Bun', 'hono-bun', bun),
  hostOf('workerd', 'workerd', 'workerd', workerd),
  hostOf('Fetch on our server', 'Hono on @sluice/server', 'hono-on-server', onServer),
  hostOf(
    'Fetch on our server',
    'Hono on @sluice/server, light Response',
    'hono-on-server-light',
    onServer,
  ),
  hostOf('Fetch on our server', 'fromFetch(toFetch(handler))', 'double-bridge', onServer),
]
