import { connect } from 'node:net'
import { get } from '../support/server/serving.ts'
import { msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Socket } from 'node:net'
import type { Row } from './support/row.ts'

const connections = 10_000

/** Connects, asks once, and keeps the connection; fulfils with the answer. */
const keep = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(get('/')))
    socket.once('data', () => resolve(socket))
    socket.once('error', reject)
  })

export const idle: Row = besideNode({
  name: 'idle',
  marks: [
    ['10,000 idle connections: heap each', '<= 8 KiB'],
    ['the same, when they go: sockets left', '0'],
  ],
  options: { idleTimeoutMs: 65_000 },
  async measure(server) {
    await warmUp(server, '/', 500)
    const base = server.sockets()
    const before = await server.report()
    const sockets: Socket[] = []
    while (sockets.length < connections) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => keep(server.port)))))
    }
    const after = await server.report()
    const bytes = after.heapUsed + after.external - before.heapUsed - before.external
    const each = bytes / connections / 1024
    for (const socket of sockets) socket.destroy()
    await msUntil(3000, () => server.sockets() <= base)
    const left = server.sockets() - base
    return [met(each <= 8, `${each.toFixed(1)} KiB`), met(left === 0, `${left}`)]
  },
})
