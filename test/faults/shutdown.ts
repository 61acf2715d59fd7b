import { setTimeout as sleep } from 'node:timers/promises'
import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { ms, msUntil } from './support/measure.ts'
import { met } from './support/row.ts'
import type { RawClient } from '../support/server/raw-client.ts'
import type { Lab, Mark, Measured, Row, Which } from './support/row.ts'

const each = 50
const longestMs = 1500
/** Milliseconds within which a connection without a request is to be closed, well before the first answer. */
const promptMs = 400

const clientsOf = async (port: number, requestOf: (i: number) => string) => {
  const clients = await Promise.all(Array.from({ length: each }, () => connectTo(port)))
  for (const [i, client] of clients.entries()) client.send(requestOf(i))
  for (const client of clients) client.ending.then(() => client.destroy())
  return clients
}

const isWhole = ({ text }: RawClient) => text.endsWith('\r\n\r\nanswered')

/** Fifty requests that run and fifty idle connections, then SIGTERM. */
const shutDown = async (lab: Lab, which: Which): Promise<readonly Measured[]> => {
  const server = await lab.start(which)
  const idle = await clientsOf(server.port, () => get('/id?id=answered'))
  await msUntil(5000, () => idle.every(isWhole))
  const busy = await clientsOf(server.port, (i) =>
    get(`/slow?ms=${1000 + ((longestMs - 1000) * i) / (each - 1)}&id=answered`),
  )
  await msUntil(5000, async () => (await server.report()).started === 2 * each)
  server.signal('SIGTERM')
  await sleep(promptMs)
  const idleClosed = idle.filter((client) => client.ended !== undefined).length
  const exit = await msUntil(8000, () => !server.isAlive)
  const answered = busy.filter(isWhole).length
  const told = busy.filter(({ text }) => /\r\nconnection: close\r\n/i.test(text)).length
  const exitMs = exit === undefined ? undefined : exit + promptMs
  for (const client of [...idle, ...busy]) client.destroy()
  const counts = `${answered}/${idleClosed}/${told}`
  return [
    met(counts === '50/50/50', counts),
    met(exitMs !== undefined && exitMs <= longestMs + 500, ms(exitMs)),
  ]
}

/** Requests that never end, SIGTERM, and SIGTERM again; gives the milliseconds from there to the exit. */
const force = async (lab: Lab, which: Which): Promise<number | undefined> => {
  const server = await lab.start(which)
  const busy = await clientsOf(server.port, () => get('/hold'))
  await msUntil(5000, async () => (await server.report()).started === each)
  server.signal('SIGTERM')
  await sleep(500)
  if (!server.isAlive) return undefined
  server.signal('SIGTERM')
  const taken = await msUntil(3000, () => !server.isAlive)
  for (const client of busy) client.destroy()
  return taken
}

const both = async (lab: Lab, which: Which): Promise<readonly Measured[]> => {
  const [counts, exit] = await shutDown(lab, which)
  const forced = await force(lab, which)
  const isMet = exit?.verdict === 'met' && forced !== undefined && forced <= 500
  return [counts ?? met(false, 'not measured'), met(isMet, `${exit?.text}; second: ${ms(forced)}`)]
}

export const shutdown: Row = {
  name: 'shutdown',
  async run(lab): Promise<readonly Mark[]> {
    const [nodeCounts, nodeExit] = await both(lab, 'node')
    const [counts, exit] = await both(lab, 'sluice')
    if (!(nodeCounts && nodeExit && counts && exit)) return []
    return [
      {
        title: 'SIGTERM: answered/idle closed/told close',
        wanted: '50/50/50',
        sluice: counts,
        node: nodeCounts,
      },
      {
        title: 'the same: exit (longest request 1500 ms)',
        wanted: '<= 2000 ms; second forces',
        sluice: exit,
        node: nodeExit,
      },
    ]
  },
}
