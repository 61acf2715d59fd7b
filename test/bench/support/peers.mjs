import { readFileSync } from 'node:fs'

const modules = 'test/bench/node_modules'

const versionOf = (name) =>
  JSON.parse(readFileSync(`${modules}/${name}/package.json`, 'utf8')).version

const onNode = (name, label, packages = []) => ({ name, label, kind: 'node', packages })

/** All servers that are measured. The first two are ours; `packages` are what one installs for it. */
export const peers = [
  onNode('sluice', 'Sluice', ['@sluice/server', '@sluice/stack']),
  onNode('sluice-lent', 'Sluice, lent'),
  onNode('net', 'node:net, canned answer'),
  onNode('node', 'node:http, bare'),
  onNode('node-five', 'node:http, by hand'),
  onNode('fastify', 'Fastify', ['fastify']),
  onNode('hono', 'Hono + node-server', ['hono', '@hono/node-server']),
  onNode('h3', 'h3 + srvx', ['h3']),
  onNode('srvx', 'srvx', ['srvx']),
  onNode('koa', 'Koa', ['koa']),
  onNode('express', 'Express', ['express']),
  onNode('polka', 'Polka', ['polka']),
  { name: 'deno', label: 'Deno.serve', kind: 'deno', packages: [] },
  { name: 'bun', label: 'Bun.serve', kind: 'bun', packages: [] },
]

export const labelOf = (name) => peers.find((peer) => peer.name === name)?.label ?? name

/** The versions of the peers from npm, as `fastify 5.12.8`. */
export const peerVersions = () =>
  peers
    .flatMap(({ packages }) => packages)
    .filter((name) => !name.startsWith('@sluice/'))
    .concat('piscina')
    .map((name) => `${name} ${versionOf(name)}`)
