import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Command } from './commands.ts'

export interface RunningCommand {
  readonly stdout: Readable
  readonly stderr: Readable
  /** How it ended, in words: when it has, its streams are read, and nothing that it has started is left. Never rejects. */
  readonly ended: Promise<string>
  /** Ends it, and all that it has started: by SIGTERM, and by SIGKILL if that was not enough. May be called again. */
  stop(): void
}

/** Those that run: none outlives this process. */
const running = new Set<ChildProcess>()

/** How many run. */
export const runningCommands = (): number => running.size

/**
 * Starts a command as the leader of a process group, so that what it starts can be ended with it. Windows has no such groups.
 *
 * @param killAfterMs Milliseconds between SIGTERM and SIGKILL.
 */
export const startCommand = ({ file, args }: Command, killAfterMs: number): RunningCommand => {
  const child = spawn(file, args, {
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    // It gets nothing else of our environment.
    env: { PATH: process.env.PATH },
  })
  const { stdout, stderr } = child
  if (running.size === 0) process.on('exit', killAll)
  running.add(child)
  let isStopping = false
  let killTimer: ReturnType<typeof setTimeout> | undefined

  const kill = () => {
    signalGroup(child, 'SIGKILL')
    // What has left the group may hold them open.
    stdout.destroy()
    stderr.destroy()
  }
  const stop = () => {
    if (isStopping || !running.has(child)) return
    isStopping = true
    signalGroup(child, 'SIGTERM')
    killTimer = setTimeout(kill, killAfterMs)
  }
  const ended = new Promise<string>((resolve) => {
    let failure = ''
    child.once('error', (error) => {
      failure = `not started: ${'code' in error ? error.code : error.message}`
    })
    // The group has its number as long as one process is in it.
    child.once('exit', () => signalGroup(child, 'SIGKILL'))
    // It has exited, and its streams have ended.
    child.once('close', (code, signal) => {
      clearTimeout(killTimer)
      running.delete(child)
      if (running.size === 0) process.off('exit', killAll)
      resolve(failure || (signal === null ? `exit code ${code}` : `ended by ${signal}`))
    })
  })
  return { stdout, stderr, ended, stop }
}

const killAll = (): void => {
  for (const child of running) signalGroup(child, 'SIGKILL')
}

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // All of it has ended.
  }
}
