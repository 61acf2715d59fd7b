import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../faults/support/ask.ts'
import { msUntil } from '../faults/support/measure.ts'
import { randomFrom } from '../faults/support/random.ts'
import { startServer } from '../faults/support/server-process.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { leaveMany } from './leavers.ts'
import { askPathsHttp2, leaveManyHttp2 } from './leavers-http2.ts'
import type { ServerProcess } from '../faults/support/server-process.ts'

/** Clients before the first look at memory, at most: what V8 compiles and keeps is then there, for the most part. */
const firstAtMost = 10_000
/** MiB by which the heap may be larger at the end. */
const heapGrowth = 2
const restMs = 10_000

/** What was looked at when all had left. */
export interface Finding {
  readonly name: string
  readonly found: string
  readonly good: boolean
}

/** Waits for what ends a while after its client. */
const atRest = async (server: ServerProcess, descriptors: number) => {
  await msUntil(restMs, () => server.descriptors() <= descriptors)
  await sleep(200)
  return server.report()
}

/** The servers whose clients can leave: ours, and others with our handlers in them. */
export const leftHosts = ['sluice', 'node:http', 'express', 'http2'] as const

export type LeftHost = (typeof leftHosts)[number]

const pathsOf = async ({ port }: ServerProcess, host: LeftHost): Promise<readonly string[]> =>
  host === 'http2' ? askPathsHttp2(port) : (await ask(port, '/paths')).content.split(' ')

const findings = async (
  server: ServerProcess,
  host: LeftHost,
  count: number,
): Promise<readonly Finding[]> => {
  const random = randomFrom(3)
  const paths = await pathsOf(server, host)
  const leave = host === 'http2' ? leaveManyHttp2 : leaveMany
  // The connection that asked is closed by then.
  await sleep(200)
  const descriptors = server.descriptors()
  const first = Math.min(firstAtMost, Math.floor(count / 2))
  await leave(server.port, { paths, count: first, random })
  const before = await atRest(server, descriptors)
  await leave(server.port, { paths, count: count - first, random })
  const after = await atRest(server, descriptors)
  const left = server.descriptors() - descriptors
  const handles = after.resources - before.resources
  const grown = (after.heapUsed - before.heapUsed) / 1_048_576
  server.signal('SIGTERM')
  await msUntil(restMs, () => !server.isAlive)
  const code = server.isAlive ? 'none, it runs on' : `${await server.exited}`
  const [printed = ''] = server.output.split('\n')
  return [
    { name: 'errors that nobody caught', found: `${after.uncaught}`, good: after.uncaught === 0 },
    { name: 'the first line it printed', found: printed || 'none', good: printed === '' },
    { name: 'descriptors left', found: `${left}`, good: left <= 0 },
    { name: 'handles left', found: `${handles}`, good: handles <= 0 },
    { name: 'heap growth', found: `${grown.toFixed(2)} MiB`, good: grown <= heapGrowth },
    { name: 'exit code', found: code, good: code === '0' },
  ]
}

/** So many clients that leave, on a server of its own; Linux only. */
export const disconnects = async (
  count: number,
  host: LeftHost = 'sluice',
): Promise<readonly Finding[]> => {
  const program = host === 'sluice' ? 'disconnect-server' : 'disconnect-host'
  const { file, discard } = await compileFile(`test/soak/${program}.ts`)
  const server = await startServer(file, { host })
  try {
    return await findings(server, host, count)
  } finally {
    await server.stop()
    discard()
  }
}
