import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { deferred, within } from '../within.ts'

/** A program that runs beside the test. */
export interface RunningProgram {
  readonly pid: number
  /** All that it has printed so far, on either stream. */
  readonly output: string
  /** Waits for its end: its exit code, or the signal that ended it. All it printed is in `output` then. */
  exited(): Promise<number | NodeJS.Signals>
  /** Waits until it has printed something that matches; fails when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Signals it and all that it has started, as a terminal does on Ctrl-C. */
  signal(signal: NodeJS.Signals): void
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Milliseconds after which what was waited for is taken never to come. */
const bound = 60_000

const running = new Set<RunningProgram>()

// Each leads a process group of its own, which nobody else ends.
process.once('exit', () => {
  for (const program of running) program.signal('SIGKILL')
})

/** Starts a program; whatever is left of it is ended with this process. */
export const startProgram = (
  command: string,
  args: readonly string[],
  { cwd, env = {} }: ProgramOptions = {},
): RunningProgram => {
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = deferred<number | NodeJS.Signals>()
  const chunks: Buffer[] = []
  let over = false
  let wake = (): void => {}
  const program: RunningProgram = {
    pid: child.pid ?? 0,
    get output() {
      return Buffer.concat(chunks).toString()
    },
    exited: () => within(bound, exited.promise),
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(program.output)
        if (match !== null) return match
        if (over) throw new Error(`${command} ended without ${pattern}: ${program.output}`)
        const more = deferred()
        wake = () => more.resolve()
        await within(bound, more.promise).catch(() => {
          throw new Error(`${command} has not printed ${pattern}: ${program.output}`)
        })
      }
    },
    signal(signal) {
      try {
        process.kill(-program.pid, signal)
      } catch {
        // All of it has gone.
      }
    },
  }
  exited.promise.catch(() => {})
  running.add(program)
  const printed = (chunk: Buffer) => {
    chunks.push(chunk)
    wake()
  }
  child.stdout.on('data', printed)
  child.stderr.on('data', printed)
  child.once('error', exited.reject)
  child.once('close', (code, signal) => {
    over = true
    running.delete(program)
    exited.resolve(code ?? signal ?? 1)
    wake()
  })
  return program
}

/** Where a program is, if it is there to be run. */
export const programPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable)

export const hasProgram = (name: string): boolean => programPath(name) !== undefined

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
