import { readFileSync, writeFileSync } from 'node:fs'
import type { Counts, Options, Report } from '../support/report.ts'

/** What a server under test counts of its own requests. */
export const counts: Counts = { started: 0, told: 0, closed: 0, uncaught: 0 }

const collect = () => {
  // Twice: what the first frees may free more, such as buffers behind their handles.
  for (let i = 0; i < 2; i++) globalThis.gc?.()
}

/** CPU time of the main thread, which is that of the event loop. Unlike the clock it stands still while others have the CPU. */
const loopMs = (): number =>
  Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6

let longestHoldMs = 0
let watching: NodeJS.Timeout | undefined

const watch = () => {
  clearInterval(watching)
  longestHoldMs = 0
  let last = loopMs()
  watching = setInterval(() => {
    const now = loopMs()
    longestHoldMs = Math.max(longestHoldMs, now - last)
    last = now
  }, 1).unref()
}

const report = (): Report => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const resources = process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate')
  const cpuMs = (user + system) / 1000
  return { ...counts, heapUsed, external, cpuMs, resources: resources.length, longestHoldMs }
}

/** The options that the process was started with. */
export const options: Options = JSON.parse(process.argv[2] ?? '{}')

const ids: string[] = []
const { idLog } = options

/** Notes a request by its id, where somebody wants to know which were read. */
export const noteId = (id: string): void => {
  if (idLog !== undefined) ids.push(id)
}

/** Tells the one who started this process the port, and answers its questions; ends when that one has gone. */
export const control = (port: number): void => {
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  process.on('message', (asked) => (asked === 'watch' ? watch() : process.send?.(report())))
  if (idLog !== undefined) process.on('exit', () => writeFileSync(idLog, ids.join('\n')))
  process.on('disconnect', () => process.exit())
  // Nothing but the server is to keep this process alive.
  process.channel?.unref()
  process.send?.({ port })
}

const note = (error: unknown) => {
  counts.uncaught++
  console.error('nobody caught', error)
}
