import { once } from 'node:events'
import { connect } from 'node:net'
import { startServer } from '../support/bench-server.mjs'
import { browserFields } from '../support/fields.mjs'
import { installedSize } from '../support/installed-size.mjs'
import { peers } from '../support/peers.mjs'
import { rssBytes } from '../support/process-usage.mjs'
import { inRounds } from '../support/rounds.mjs'

const starts = 5

const request = [
  'GET /hello HTTP/1.1',
  'host: localhost',
  ...Object.entries(browserFields).map(([name, value]) => `${name}: ${value}`),
  '',
  '',
].join('\r\n')

const askOnce = async (port) => {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.setTimeout(5000, () => socket.destroy(new Error('no answer came')))
  socket.write(request)
  const [bytes] = await once(socket, 'data')
  socket.destroy()
  if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`answered: ${bytes}`)
}

const sizeOf = (peer) => {
  const { packages } = peers.find(({ name }) => name === peer)
  const { packages: count, bytes } = installedSize(packages, 'test/bench')
  return packages.length === 0 ? {} : { packages: count, size: bytes / 1024 }
}

const measure = async (entry) => {
  const startedAt = performance.now()
  const server = await startServer(entry, entry.script, ['hello'])
  try {
    await askOnce(server.port)
    const ms = performance.now() - startedAt
    const cpu = server.cpuSeconds * 1000
    return { ms, cpu, rss: rssBytes(server.pid) / 2 ** 20, ...sizeOf(entry.peer) }
  } finally {
    await server.stop()
  }
}

export const start = {
  name: 'start',
  title: 'Start-up time and installed size',
  about:
    'From the start of the process to the first answer of the hello work. Size: the packages that one installs for it and all they depend on, as they lie on disk.',
  metrics: {
    ms: { title: 'ms to the first answer', compared: true },
    cpu: { title: 'CPU ms' },
    rss: { title: 'RSS MiB' },
    packages: { title: 'packages' },
    size: { title: 'KiB installed', compared: true },
  },
  charted: 'ms',
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
  marks: [],
  run: (bench) =>
    inRounds(bench.candidates, { ...bench, rounds: Math.max(bench.rounds, starts) }, measure),
}
