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

/** The servers whose clients can leave: ours, others with our handlers in them, and ours with functions on worker threads. */
export const leftHosts = ['sluice', 'node:http', 'express', 'http2', 'blocking'] as const

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
  const rss = server.rss()
  await leave(server.port, { paths, count: count - first, random })
  const after = await atRest(server, descriptors)
  const left = server.descriptors() - descriptors
  const handles = after.resources - before.resources
  const grown = (after.heapUsed - before.heapUsed) / 1_048_576
  const own = host === 'blocking' ? await ofThreads(server, server.rss() - rss) : []
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
    ...own,
  ]
}

/** MiB by which resident memory may be larger at the end: Node does not count the memory that threads share in any other way. */
const rssGrowth = 32

/** What else is looked at where functions run on threads. */
const ofThreads = async (server: ServerProcess, rss: number): Promise<readonly Finding[]> => {
  const { content } = await ask(server.port, '/heard')
  const [reading = 0, gone = 0, writing = 0, lost = 0] = content.split(' ').map(Number)
  return [
    {
      name: 'RSS growth',
      found: `${rss.toFixed(2)} MiB`,
      good: rss <= rssGrowth,
    },
    {
      name: 'functions that heard of it',
      found: `${gone} of ${reading} that read, ${lost} of ${writing} that wrote`,
      good: gone > 0 && gone === reading && lost > 0 && lost === writing,
    },
  ]
}

const programs: Readonly<Partial<Record<LeftHost, string>>> = {
  sluice: 'disconnect-server',
  blocking: 'disconnect-blocking',
}

/** So many clients that leave, on a server of its own; Linux only. */
export const disconnects = async (
  count: number,
  host: LeftHost = 'sluice',
): Promise<readonly Finding[]> => {
  const program = programs[host] ?? 'disconnect-host'
  const { file, discard } = await compileFile(`test/soak/${program}.ts`)
  const server = await startServer(file, { host })
  try {
    return await findings(server, host, count)
  } finally {
    await server.stop()
    discard()
  }
}
