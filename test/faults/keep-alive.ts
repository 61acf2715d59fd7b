import { keepAliveLoad } from './support/keep-alive-load.ts'
import { median, mib, warmUp } from './support/measure.ts'
import { isInstalled } from './support/programs.ts'
import { met } from './support/row.ts'
import { wrk } from './support/wrk.ts'
import type { Load } from './support/keep-alive-load.ts'
import type { Mark, Row } from './support/row.ts'
import type { ServerProcess } from './support/server-process.ts'

const connections = 32
const rounds = 4
/** Requests over which the heap must not grow. */
const manyRequests = 340_000

const load = ({ port }: ServerProcess): Promise<Load> =>
  isInstalled('wrk')
    ? wrk(`http://127.0.0.1:${port}/`, { connections, seconds: 2 })
    : keepAliveLoad(port, { connections, requests: 50_000 })

/** Growth of the heap, in MiB, over many requests after others. */
const heapGrowth = async (server: ServerProcess): Promise<number> => {
  await keepAliveLoad(server.port, { connections, requests: 20_000 })
  const before = await server.report()
  await keepAliveLoad(server.port, { connections, requests: manyRequests })
  const after = await server.report()
  return (after.heapUsed - before.heapUsed) / 1_048_576
}

const rates = (loads: readonly Load[]) =>
  `${(median(loads.map((each) => each.perSecond)) / 1000).toFixed(1)}k/s, p99 ${median(loads.map((each) => each.p99Ms)).toFixed(1)} ms`

/** Both servers in turns, since the machine may be busier at one time than at another. */
export const keepAlive: Row = {
  name: 'keep-alive',
  async run(lab): Promise<readonly Mark[]> {
    const node = await lab.start('node')
    const sluice = await lab.start('sluice')
    const loads: Readonly<Record<'node' | 'sluice', Load[]>> = { node: [], sluice: [] }
    for (const server of [node, sluice]) await warmUp(server, '/', 200)
    for (let i = 0; i < rounds; i++) {
      loads.node.push(await load(node))
      loads.sluice.push(await load(sluice))
    }
    const ratios = loads.sluice.map((each, i) => each.perSecond / (loads.node[i]?.perSecond ?? 0))
    const ratio = median(ratios)
    const growth = { node: await heapGrowth(node), sluice: await heapGrowth(sluice) }
    return [
      {
        title: `32 keep-alive connections, by ${isInstalled('wrk') ? 'wrk' : 'a client of ours'}`,
        wanted: ">= 70 % of node's rate",
        sluice: met(ratio >= 0.7, `${Math.round(ratio * 100)} %, ${rates(loads.sluice)}`),
        node: met(true, rates(loads.node)),
      },
      {
        title: 'the same: heap growth over 340k requests',
        wanted: '<= 2 MiB',
        sluice: met(growth.sluice <= 2, mib(growth.sluice)),
        node: met(growth.node <= 2, mib(growth.node)),
      },
    ]
  },
}
