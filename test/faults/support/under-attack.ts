import { setTimeout as sleep } from 'node:timers/promises'
import { median, ms, percentile, warmUp } from './measure.ts'
import { others } from './others.ts'
import { met } from './row.ts'
import type { Attack, Damage } from './attack.ts'
import type { Lab, Mark, Measured, Row } from './row.ts'
import type { ServerProcess } from './server-process.ts'

/** An attack on a server whose port is not known yet. */
export type Plan = Omit<Attack, 'port'>

const rounds = 3
const roundMs = 1500
/** Milliseconds for an attack to come into its own, and for what is left of one to go. */
const settleMs = 300

/** What others have to wait under attack: under so many milliseconds it is the machine that is measured. */
const leastMs = 5

const p99Under = async (lab: Lab, server: ServerProcess, plan: Plan, secure: boolean) => {
  const attacker = await lab.attack({ ...plan, port: server.port })
  await sleep(settleMs)
  const times = await others(server.port, { forMs: roundMs, secure })
  const damage = await attacker.stop()
  await sleep(settleMs)
  return { p99: percentile(times, 0.99), damage }
}

const shown = (p99: number, { connections, bytes }: Damage) =>
  `${p99.toFixed(1)} ms; ${connections} connections, ${(bytes / 1_048_576).toFixed(1)} MiB`

/**
 * Attacks one server after the other, in turns, and compares what others wait.
 *
 * @returns What was seen of ours, and of Node's.
 */
export const compareUnder = async (
  lab: Lab,
  { node, sluice }: { readonly node: ServerProcess; readonly sluice: ServerProcess },
  plan: Plan,
  secure = false,
): Promise<{ readonly sluice: Measured; readonly node: Measured }> => {
  const theirs: Awaited<ReturnType<typeof p99Under>>[] = []
  const ours: Awaited<ReturnType<typeof p99Under>>[] = []
  for (let i = 0; i < rounds; i++) {
    theirs.push(await p99Under(lab, node, plan, secure))
    ours.push(await p99Under(lab, sluice, plan, secure))
  }
  const wanted = Math.max(leastMs, 2 * median(theirs.map(({ p99 }) => p99)))
  const measured = (all: typeof ours, most: number) => {
    const p99 = median(all.map((each) => each.p99))
    const wasAttacked = all.every(({ damage }) => damage.connections > 0)
    return met(
      wasAttacked && p99 <= most,
      shown(p99, all[0]?.damage ?? { connections: 0, bytes: 0 }),
    )
  }
  return { sluice: measured(ours, wanted), node: measured(theirs, Number.POSITIVE_INFINITY) }
}

/** A row of an attack that both servers are under: others wait at most twice as long as with node:http. */
export const underAttack = (name: string, title: string, plan: Plan): Row => ({
  name,
  async run(lab): Promise<readonly Mark[]> {
    const servers = { node: await lab.start('node'), sluice: await lab.start('sluice') }
    for (const server of Object.values(servers)) await warmUp(server, '/')
    return [comparing(title, await compareUnder(lab, servers, plan))]
  },
})

/** The mark of a comparison. */
export const comparing = (title: string, both: Awaited<ReturnType<typeof compareUnder>>): Mark => ({
  title: `${title}: others' p99`,
  wanted: `<= 2x node:http, or ${leastMs} ms`,
  ...both,
})

const holdUnder = async (lab: Lab, server: ServerProcess, plan: Plan) => {
  server.watch()
  const attacker = await lab.attack({ ...plan, port: server.port })
  await sleep(roundMs)
  const damage = await attacker.stop()
  const { longestHoldMs } = await server.report()
  return { longestHoldMs, damage }
}

/** Attacks ours alone, by what node:http has no counterpart of, and looks at how long the event loop is held. */
export const holdsAtMost = async (lab: Lab, plan: Plan, mostMs: number): Promise<Measured> => {
  const server = await lab.start('costly')
  await warmUp(server, '/')
  const all: Awaited<ReturnType<typeof holdUnder>>[] = []
  for (let i = 0; i < rounds; i++) all.push(await holdUnder(lab, server, plan))
  const hold = median(all.map(({ longestHoldMs }) => longestHoldMs))
  const wasAttacked = all.every(({ damage }) => damage.connections > 0)
  return met(wasAttacked && hold <= mostMs, ms(hold))
}
