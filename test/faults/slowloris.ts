import { ms, msUntil, percentile, warmUp } from './support/measure.ts'
import { probe } from './support/probe.ts'
import { besideNode, met } from './support/row.ts'
import { trickle } from './support/trickle.ts'
import type { Row } from './support/row.ts'

const headTimeoutMs = 2000

/** Heads that come a byte at a time (slowloris). */
export const slowloris: Row = besideNode({
  name: 'slowloris',
  marks: [
    ['500 slowloris: all gone (limit 2000 ms)', '<= 3000 ms'],
    ["500 slowloris: others' p99", '<= 50 ms'],
  ],
  options: { headTimeoutMs },
  async measure(server) {
    await warmUp(server, '/')
    const sockets = server.sockets()
    const start = 'GET / HTTP/1.1\r\nhost: a\r\nx: '
    const clients = await trickle(server.port, { count: 500, start, byte: 'a', everyMs: 200 })
    let over = false
    const probing = probe(server.port, () => over)
    const taken = await msUntil(10_000, () => clients.every((client) => client.ended !== undefined))
    over = true
    const p99 = percentile(await probing, 0.99)
    await msUntil(1000, () => server.sockets() <= sockets)
    const left = server.sockets() - sockets
    for (const client of clients) client.destroy()
    return [
      met(taken !== undefined && taken <= 3000 && left === 0, `${ms(taken)}, ${left} sockets left`),
      met(p99 <= 50, `${p99.toFixed(1)} ms`),
    ]
  },
})
