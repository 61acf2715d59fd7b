import { readFileSync } from 'node:fs'
import { startServer } from './bench-server.mjs'
import { installPeers } from './install.mjs'
import { describeMachine } from './machine.mjs'
import { renderTable } from './table.mjs'

/** What compresses, and the packages whose versions count. */
export const compressors = [
  { name: 'sluice', label: 'Sluice', packages: [] },
  { name: 'express', label: 'Express compression', packages: ['compression', 'express'] },
  { name: 'fastify', label: '@fastify/compress', packages: ['@fastify/compress', 'fastify'] },
  { name: 'hono', label: 'Hono compress', packages: ['hono', '@hono/node-server'] },
  { name: 'remix', label: 'Remix compressResponse', packages: ['@remix-run/response'] },
  { name: 'compression-stream', label: 'CompressionStream, node:http', packages: [] },
]

const versionOf = (name) =>
  JSON.parse(readFileSync(`test/bench/node_modules/${name}/package.json`, 'utf8')).version

const versions = () =>
  compressors
    .flatMap(({ packages }) => packages)
    .map((name) => `${name} ${versionOf(name)}`)
    .join(', ')

/** Does something to the server of each compressor, one after the other, and gives what it gave. */
export const eachCompressor = async (work, only = compressors.map(({ name }) => name)) => {
  await installPeers()
  const found = []
  for (const compressor of compressors.filter(({ name }) => only.includes(name)))
    found.push(...(await withCompressor(compressor.name, (server) => work(compressor, server))))
  return found
}

/** Does something to the server of one. */
export const withCompressor = async (name, work, app = 'app') => {
  const runtime = { command: process.execPath, args: ['--expose-gc'], env: {} }
  const server = await startServer(runtime, `test/bench/compressors/${name}.mjs`, [app])
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

/** Prints a table, and under it what it depends on. */
export const printProbe = (title, columns, rows, { peers = true } = {}) => {
  const date = new Date().toISOString().slice(0, 10)
  const setting = [`${date}, ${describeMachine()}`, `Node ${process.version}`]
  if (peers) setting.push(versions())
  console.log(`## ${title}\n\n${renderTable(columns, rows)}\n\n${setting.join('; ')}\n`)
}

/** What a server says of itself. */
export const stateOf = async ({ port }) =>
  (
    await fetch(`http://127.0.0.1:${port}/state`, { headers: { 'accept-encoding': 'identity' } })
  ).json()
