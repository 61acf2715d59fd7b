import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { within } from '../../support/within.ts'
import { buildProgram } from './build-program.ts'
import { commandOf } from './command-of.ts'
import type { Host } from '../hosts.ts'

export interface RunningHost {
  readonly port: number
  /** What it has printed on standard error. */
  readonly complaints: () => string
  /** Whether it has ended by itself. */
  readonly hasEnded: () => boolean
  readonly stop: () => Promise<void>
}

/** Ms for a program to say where it listens. A busy machine starts a runtime slowly. */
const startMs = 60_000

/** Starts a program, and waits until it listens. It ends with this process. */
export const runHost = async (
  { name, runtime }: Pick<Host, 'name' | 'runtime'>,
  source: string,
): Promise<RunningHost> => {
  const [command, ...args] = commandOf(runtime, await buildProgram(runtime, source))
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: Buffer[] = []
  const complaints = () => Buffer.concat(errors).toString('utf8').trim()
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes))
  let ended = false
  const exit = new Promise<void>((resolve) => {
    const end = () => {
      ended = true
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const stop = async () => {
    child.kill('SIGKILL')
    await exit
  }
  const firstLine = new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve)
    exit.then(() => resolve(''))
  })
  try {
    const line = await within(startMs, firstLine)
    const { port } = line.startsWith('{') ? JSON.parse(line) : { port: undefined }
    if (typeof port === 'number') return { port, complaints, hasEnded: () => ended, stop }
    throw new Error(`Cannot start ${name}: found ${JSON.stringify(line)}\n${complaints()}`)
  } catch (error) {
    await stop()
    throw error
  }
}
