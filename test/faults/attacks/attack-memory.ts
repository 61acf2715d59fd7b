import { connectTo } from '../../support/server/raw-client.ts'
import { get, request } from '../../support/server/serving.ts'
import { ask } from '../support/ask.ts'
import { mib, msUntil, warmUp } from '../support/measure.ts'
import { met } from '../support/row.ts'
import type { Lab, Mark, Measured, Row, Which } from '../support/row.ts'
import type { ServerProcess } from '../support/server-process.ts'

const oldSpace = 256
const connections = 2500
const unfinished = `${request('POST', '/upload', 'transfer-encoding: chunked')}0\r\nx: ${'a'.repeat(15_000)}`

/** Whether a server is alive and answers, and how much heap it holds. */
const stateOf = async (server: ServerProcess, baseBytes: number): Promise<Measured> => {
  if (!server.isAlive) return met(false, 'it has died')
  const { status } = await ask(server.port, '/')
  const { heapUsed } = await server.report()
  return met(status === 200, `alive, heap +${mib((heapUsed - baseBytes) / 1_048_576)}`)
}

/** 38 MB of trailer lines that do not end. */
const holdTrailers = async (lab: Lab, which: Which): Promise<Measured> => {
  const server = await lab.start(which, {}, [`--max-old-space-size=${oldSpace}`])
  await warmUp(server, '/')
  const { heapUsed, started } = await server.report()
  const clients: Awaited<ReturnType<typeof connectTo>>[] = []
  try {
    while (clients.length < connections && server.isAlive) {
      const some = await Promise.all(Array.from({ length: 100 }, () => connectTo(server.port)))
      for (const client of some) client.send(unfinished)
      clients.push(...some)
    }
    await msUntil(
      20_000,
      async () => !server.isAlive || (await server.report()).started >= started + connections,
    )
    return await stateOf(server, heapUsed)
  } catch (error) {
    // A server that has run out of memory first stops to answer, and dies after it.
    await msUntil(5000, () => !server.isAlive)
    if (server.isAlive) throw error
    return met(false, `dead after ${clients.length} connections`)
  } finally {
    for (const client of clients) client.destroy()
  }
}

const heads = 1200
const mostMib = 4

/** Heads of 15 KB, each with a name of its own: what is kept when all are answered. */
const keptNames = async (lab: Lab, which: Which): Promise<Measured> => {
  const server = await lab.start(which)
  await warmUp(server, '/')
  const before = (await server.report()).heapUsed
  const client = await connectTo(server.port)
  for (let i = 0; i < heads; i++) {
    client.send(get('/fields', `x-a-name-of-its-own-${i}: ${'v'.repeat(15_000)}`))
    await client.takeTo('\r\n\r\n2')
  }
  client.destroy()
  const kept = ((await server.report()).heapUsed - before) / 1_048_576
  return met(kept <= mostMib, mib(kept))
}

/** What clients leave in the memory of a server. */
export const attackMemory: readonly Row[] = [
  {
    name: 'attack-trailers',
    async run(lab): Promise<readonly Mark[]> {
      const node = await holdTrailers(lab, 'node')
      const sluice = await holdTrailers(lab, 'sluice')
      const title = `2,500 unfinished trailer lines of 15 KB, ${oldSpace} MiB heap`
      return [{ title, wanted: 'alive', sluice, node }]
    },
  },
  {
    name: 'attack-kept-names',
    async run(lab): Promise<readonly Mark[]> {
      const node = await keptNames(lab, 'node')
      const sluice = await keptNames(lab, 'sluice')
      return [
        {
          title: '1,200 field names in heads of 15 KB: heap kept',
          wanted: `<= ${mostMib} MiB`,
          sluice,
          node,
        },
      ]
    },
  },
]
