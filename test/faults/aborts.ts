import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { ms, msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

const clients = 500

export const aborts: Row = besideNode({
  name: 'aborts',
  marks: [['500 aborts: abort seen / sockets left', '500/0 within 1000 ms']],
  async measure(server) {
    await warmUp(server, '/')
    const sockets = server.sockets()
    const before = await server.report()
    const held = await Promise.all(Array.from({ length: clients }, () => connectTo(server.port)))
    for (const client of held) client.send(get('/hold'))
    await msUntil(5000, async () => (await server.report()).started === before.started + clients)
    for (const client of held) client.destroy()
    const taken = await msUntil(1000, () => server.sockets() <= sockets)
    const left = server.sockets() - sockets
    const told = (await server.report()).told - before.told
    const isMet = told === clients && taken !== undefined
    return [met(isMet, `${told}/${left}${taken === undefined ? '' : ` in ${ms(taken)}`}`)]
  },
})
