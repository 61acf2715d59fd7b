// The hosts of the matrix: a column, or a part of one, each.

/** What a client of the host speaks: `https` is HTTP/1.1 over TLS, `h2c` is HTTP/2 without it. */
export type Protocol = 'http/1.1' | 'https' | 'h2' | 'h2c'

export interface Host {
  readonly name: string
  /** The column of the table in the root README: hosts that share it stand together. */
  readonly column: string
  /** `programs/<program>.mjs` */
  readonly program: string
  readonly runtime: 'node' | 'deno' | 'bun' | 'workerd'
  readonly protocol: Protocol
  readonly via: 'server' | 'listener' | 'attach' | 'middleware' | 'fetch' | 'fetch middleware'
  /** For each behaviour that the host cannot have, by its name, what happens instead: a key of `losses` of the behaviour. */
  readonly loses?: Readonly<Record<string, string>>
}

const node = { runtime: 'node', protocol: 'http/1.1' } as const

export const hosts: readonly Host[] = [
  {
    ...node,
    name: '@sluice/server',
    column: '`@sluice/server`',
    program: 'server',
    via: 'server',
  },
  {
    ...node,
    name: 'node:http by toListener',
    column: '`node:http`, `https`',
    program: 'node-http',
    via: 'listener',
  },
  {
    ...node,
    name: 'node:http by attach',
    column: '`node:http`, `https`',
    program: 'node-http-attach',
    via: 'attach',
  },
]
