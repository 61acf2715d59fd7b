// The hosts of the matrix: a column, or a part of one, each.
import { fetchHosts } from './fetch-hosts.ts'
import { frameworkHosts } from './framework-hosts.ts'
import { lossesOfListeners } from './losses.ts'

/** What a client of the host speaks: `https` is HTTP/1.1 over TLS, `h2c` is HTTP/2 without it. */
export type Protocol = 'http/1.1' | 'https' | 'h2' | 'h2c'

export interface Host {
  readonly name: string
  /** The column of the table in the root README: hosts that share it stand together. */
  readonly column: string
  /** `programs/<program>.mjs` */
  readonly program: string
  readonly runtime: 'node' | 'deno' | 'bun' | 'workerd'
  /** What the trials speak. A program may serve more than it announces. */
  readonly protocol: Protocol
  readonly via: 'server' | 'listener' | 'attach' | 'middleware' | 'fetch' | 'fetch middleware'
  /** Bytes that the host itself buffers of a response, beside those in the kernel; 0 by default. */
  readonly buffers?: number
  /** What the host prints itself, whatever `onError` does. Nothing by default: then what it prints fails a test. */
  readonly prints?: string
  /** For each behaviour that the host cannot have, by its name, what happens instead: a key of `losses` of the behaviour. */
  readonly loses?: Readonly<Record<string, string>>
}

const onNode = { runtime: 'node', protocol: 'http/1.1' } as const

const server: readonly Host[] = [
  {
    ...onNode,
    name: '@sluice/server',
    column: '`@sluice/server`',
    program: 'server',
    via: 'server',
  },
  {
    ...onNode,
    name: '@sluice/server over TLS',
    column: '`@sluice/server`',
    program: 'server-tls',
    protocol: 'https',
    via: 'server',
  },
]

const http1 = '`node:http`, `https`'
const http2 = '`http2`'

const nodes: readonly Host[] = [
  {
    ...onNode,
    name: 'node:http by toListener',
    column: http1,
    program: 'node-http',
    via: 'listener',
    loses: lossesOfListeners,
  },
  {
    ...onNode,
    name: 'node:http by attach',
    column: http1,
    program: 'node-http-attach',
    via: 'attach',
  },
  {
    ...onNode,
    name: 'node:https by toListener',
    column: http1,
    program: 'https',
    protocol: 'https',
    via: 'listener',
    loses: lossesOfListeners,
  },
  {
    ...onNode,
    name: 'node:http2 by attach, HTTP/2 over TLS',
    column: http2,
    program: 'http2-secure',
    protocol: 'h2',
    via: 'attach',
  },
  {
    ...onNode,
    name: 'node:http2 by attach, HTTP/1.1 over TLS',
    column: http1,
    program: 'http2-secure',
    protocol: 'https',
    via: 'attach',
  },
  {
    ...onNode,
    name: 'node:http2 by toListener, cleartext HTTP/2',
    column: http2,
    program: 'http2-cleartext',
    protocol: 'h2c',
    via: 'listener',
    loses: lossesOfListeners,
  },
]

export const hosts: readonly Host[] = [...server, ...nodes, ...frameworkHosts, ...fetchHosts]
