// Goes into a process of an example by `--import`, and says over a socket what it holds. Processes that it forks have one too.
import { connect } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { countDatabases, watchDatabases } from './database-probe.ts'
import type { ExampleReport } from './example-report.ts'

let unhandled = 0
let warnings = 0

const collect = () => {
  // Twice: what the first frees may free more, such as buffers behind their handles.
  for (let i = 0; i < 2; i++) globalThis.gc?.()
}

const countByName = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const listenerCount = () =>
  process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)

const report = async (): Promise<ExampleReport> => {
  const databases = await countDatabases()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  const handles = countByName(
    process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate'),
  )
  const listeners = listenerCount()
  const { pid } = process
  return { pid, heapUsed, external, handles, listeners, unhandled, warnings, ...databases }
}

const answer = (path: string): void => {
  const socket = connect(path, () => socket.write(`${JSON.stringify({ pid: process.pid })}\n`))
  socket.on('data', async () => socket.write(`${JSON.stringify(await report())}\n`))
  socket.on('error', () => {})
  // It is not what keeps this process alive.
  socket.unref()
}

const { EXAMPLE_PROBE } = process.env
if (EXAMPLE_PROBE !== undefined && isMainThread) {
  process.on('unhandledRejection', (error) => {
    unhandled++
    console.error('nobody handled', error)
  })
  process.on('warning', ({ name }) => {
    if (name !== 'ExperimentalWarning' && name !== 'DeprecationWarning') warnings++
  })
  await watchDatabases((process.env.EXAMPLE_LIBRARIES ?? '').split(' '))
  answer(EXAMPLE_PROBE)
}
