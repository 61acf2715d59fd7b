import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scratchFolder } from '../runner/scratch-folder.mjs'

/** A CGI program in shell; its arguments are `$1` and so on. */
export const sh = (script: string, ...args: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  script,
  'sh',
  ...args,
]

/** A CGI program in JavaScript. */
export const node = (script: string): readonly string[] => [process.execPath, '-e', script]

/** Prints a head in shell. */
export const head = 'printf "Content-Type: text/plain\\n\\n"'

/** Whether a process is there, and has not ended: one that nobody has waited for yet has. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Milliseconds after which what was waited for is taken never to come. */
const bound = 20_000

/** Waits until something that happens in another process is so. */
export const becomes = async (so: () => boolean, what: string): Promise<void> => {
  for (const start = Date.now(); !so(); ) {
    if (Date.now() - start > bound) throw new Error(`Cannot wait for ${what}: it does not come`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Waits until all of these processes have ended, and Node has heard of the end of all that it started. */
export const gone = async (...pids: readonly number[]): Promise<void> => {
  await becomes(() => !pids.some(isAlive), `the end of ${pids}`)
  const isHeard = () => !process.getActiveResourcesInfo().includes('ProcessWrap')
  await becomes(isHeard, 'the end of all processes')
}

/** A file for which a program waits, by the shell's `wait_for "$1"` of `waiting`. */
export interface Flag {
  readonly path: string
  /** Lets the program go on. */
  raise(): void
  discard(): void
}

export const flag = (): Flag => {
  const { folder, discard } = scratchFolder(tmpdir(), 'flag-')
  const path = join(folder, 'flag')
  return { path, raise: () => writeFileSync(path, ''), discard }
}

/** Defines `wait_for` in shell. */
export const waiting = 'wait_for() { until [ -e "$1" ]; do sleep 0.01; done; };'

/** How many descriptors this process has open; `undefined` where that cannot be seen. */
export const openDescriptors = (): number | undefined =>
  existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : undefined
