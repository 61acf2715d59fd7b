import { lossesOfListeners } from './losses.ts'
import type { Host } from './hosts.ts'

const node = { runtime: 'node', protocol: 'http/1.1', loses: lossesOfListeners } as const

const hostsOf = (column: string, name: string, program: string): readonly Host[] => [
  { ...node, name, column, program, via: 'listener' },
  {
    ...node,
    name: `${name} middleware`,
    column,
    program: `${program}-middleware`,
    via: 'middleware',
  },
]

/** Frameworks on `node:http`: a handler mounted in them, and a middleware around what else they serve. */
export const frameworkHosts: readonly Host[] = [
  ...hostsOf('Express 5, 4', 'Express 5', 'express'),
  ...hostsOf('Express 5, 4', 'Express 4', 'express4'),
  ...hostsOf('Connect', 'Connect', 'connect'),
  ...hostsOf('Koa 3', 'Koa 3', 'koa'),
  ...hostsOf('Fastify 5', 'Fastify 5', 'fastify'),
  {
    ...node,
    name: 'Next-style API route',
    column: 'Next-style API route',
    program: 'next-api',
    via: 'listener',
  },
]
