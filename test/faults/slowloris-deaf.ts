import { request } from '../support/server/serving.ts'
import { ms, msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import { trickle } from './support/trickle.ts'
import type { Row } from './support/row.ts'
import type { ServerProcess } from './support/server-process.ts'

const limitMs = 2000
const count = 100

/** Milliseconds until a server has got rid of clients that read nothing and send on. */
const goneAfter = async (server: ServerProcess, start: string): Promise<number | undefined> => {
  const sockets = server.sockets()
  const trickled = { count, start, byte: 'a', everyMs: 200, deaf: true }
  const clients = await trickle(server.port, trickled)
  // All have to have been taken before any can be gone.
  await msUntil(1000, () => server.sockets() >= sockets + count)
  const taken = await msUntil(limitMs + 6000, () => server.sockets() <= sockets)
  for (const client of clients) client.destroy()
  await msUntil(1000, () => server.sockets() <= sockets)
  return taken
}

/** As slowloris, by clients that do not hear of their end: reading what they still send must end too. */
export const slowlorisDeaf: Row = besideNode({
  name: 'slowloris-deaf',
  marks: [['100 deaf slowloris / slow bodies (limit 2000 ms)', 'gone <= 4000 ms']],
  options: { headTimeoutMs: limitMs, requestTimeoutMs: limitMs },
  async measure(server) {
    await warmUp(server, '/')
    const heads = await goneAfter(server, 'GET / HTTP/1.1\r\nhost: a\r\nx: ')
    const bodies = await goneAfter(server, request('POST', '/upload', 'content-length: 100000'))
    const isMet = [heads, bodies].every((taken) => taken !== undefined && taken <= limitMs + 2000)
    return [met(isMet, `${ms(heads)} / ${ms(bodies)}`)]
  },
})
