import { connectTo } from '../../support/server/raw-client.ts'
import { get } from '../../support/server/serving.ts'
import { ms, msUntil, warmUp } from '../support/measure.ts'
import { besideNode, met } from '../support/row.ts'
import type { Row } from '../support/row.ts'

const clients = 500
const halfClosedTimeoutMs = 2000
const mostMs = halfClosedTimeoutMs + 2000

/** A request, a FIN, and a handler that never answers: the client costs nothing any more, and must not cost a descriptor. */
export const attackDescriptors: Row = besideNode({
  name: 'attack-descriptors',
  marks: [[`500 FINs, never an answer (limit ${halfClosedTimeoutMs} ms)`, `gone <= ${mostMs} ms`]],
  options: { halfClosedTimeoutMs },
  async measure(server) {
    await warmUp(server, '/')
    const sockets = server.sockets()
    const all = await Promise.all(Array.from({ length: clients }, () => connectTo(server.port)))
    for (const client of all) {
      client.send(get('/never'))
      client.halfClose()
    }
    await msUntil(5000, async () => (await server.report()).started >= clients)
    const taken = await msUntil(mostMs + 1000, () => server.sockets() <= sockets)
    const left = server.sockets() - sockets
    for (const client of all) client.destroy()
    return [met(taken !== undefined && taken <= mostMs, `${ms(taken)}, ${left} sockets left`)]
  },
})
