import { request } from '../support/server/serving.ts'
import { ms, msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import { trickle } from './support/trickle.ts'
import type { Row } from './support/row.ts'

export const slowBodies: Row = besideNode({
  name: 'slow-bodies',
  marks: [['100 slow bodies gone (limit 4000 ms)', '<= 5000 ms']],
  options: { requestTimeoutMs: 4000 },
  async measure(server) {
    await warmUp(server, '/')
    const start = request('POST', '/upload', 'content-length: 100000')
    const clients = await trickle(server.port, { count: 100, start, byte: 'a', everyMs: 200 })
    const taken = await msUntil(10_000, () => clients.every((client) => client.ended !== undefined))
    for (const client of clients) client.destroy()
    return [met(taken !== undefined && taken <= 5000, ms(taken))]
  },
})
