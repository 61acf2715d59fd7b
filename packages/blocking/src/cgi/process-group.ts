import { spawn } from 'node:child_process'
import { deferred, timerMs } from '@sluice/body/engine'
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { CgiSettings } from './cgi-options.ts'

/** How a program ended. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'not started'; readonly error: unknown }

export interface ProgramStreams {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
}

/** Groups that may be signalled. None may outlive this process, since what they write has no reader. */
const alive = new Set<ProcessGroup>()

/** Milliseconds between looks whether a group that is being ended is empty. The system tells only of the program itself. */
const lookMs = 20

const killAll = (): void => {
  for (const group of alive) group.signal('SIGKILL')
}

const isWindows = process.platform === 'win32'

/**
 * A program and what it has started: a process group of its own, so that the children of a script end with it.
 *
 * It can be signalled after the program itself has exited, until it is `over`. The id of a group belongs to the group as long as one
 * process is in it, and may then be used for another: a group that is found empty is over, and is never signalled again.
 *
 * A process that makes a group of its own, as daemons do, is not in it any more. Windows has no process groups: only the program is
 * ended there.
 */
export class ProcessGroup {
  /** `undefined` if it was not started. */
  readonly streams: ProgramStreams | undefined
  /** Of the program itself. Never rejects. */
  readonly exited: Promise<Exit>
  /** Fulfils when the program has exited, and what it started has ended, was killed, or was let go. */
  readonly over: Promise<void>
  readonly #child: ChildProcess
  readonly #killAfterMs: number
  readonly #isOver = deferred<void>()
  /** `stopping` is after SIGTERM, `killed` after SIGKILL, and `over` when there is nothing more to signal. */
  #state: 'running' | 'stopping' | 'killed' | 'over' = 'running'
  #hasExited = false
  #killTimer: ReturnType<typeof setTimeout> | undefined
  #lookTimer: ReturnType<typeof setInterval> | undefined

  /** @throws If it cannot be started at all; most such errors are an `Exit`. */
  constructor(
    { file, args, cwd, killAfterMs }: CgiSettings,
    env: Readonly<Record<string, string>>,
  ) {
    this.#child = spawn(file, args, {
      cwd,
      env: { ...env },
      detached: !isWindows,
      windowsHide: true,
      stdio: 'pipe',
    })
    this.streams = streamsOf(this.#child)
    this.#killAfterMs = killAfterMs
    this.over = this.#isOver.promise
    this.exited = this.#watch()
  }

  /** Ends it: SIGTERM, and SIGKILL if any of it is still there after a while. May be called again. */
  stop(): void {
    if (this.#state !== 'running' || this.#child.pid === undefined) return
    this.#state = 'stopping'
    this.signal('SIGTERM')
    // The program itself keeps this process alive. What it has started does not: it is ended with it.
    this.#killTimer = setTimeout(() => this.#kill(), timerMs(this.#killAfterMs))
    this.#killTimer.unref()
    if (this.#hasExited) this.#look()
  }

  /** What the program has started may go on, if the program has exited: the response has ended. */
  letGo(): void {
    if (this.#state === 'running' && this.#hasExited) this.#end()
  }

  /** Signals all of it; `false` if none is left. */
  signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child
    if (pid === undefined || this.#state === 'over') return false
    try {
      return isWindows ? this.#child.kill(signal) : process.kill(-pid, signal)
    } catch {
      return false
    }
  }

  #watch(): Promise<Exit> {
    if (alive.size === 0) process.on('exit', killAll)
    alive.add(this)
    return new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#exit()
        resolve(signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal })
      })
      this.#child.on('error', (error) => {
        // Also an error of sending a signal, after the start.
        if (this.#child.pid !== undefined) return
        this.#exit()
        resolve({ kind: 'not started', error })
      })
    })
  }

  #kill(): void {
    this.signal('SIGKILL')
    this.#state = 'killed'
    if (this.#hasExited) this.#end()
  }

  #exit(): void {
    this.#hasExited = true
    if (this.#state === 'killed' || !this.signal(0)) this.#end()
    else if (this.#state === 'stopping') this.#look()
  }

  /** Waits for the end of what the program has started. */
  #look(): void {
    this.#lookTimer = setInterval(() => {
      if (!this.signal(0)) this.#end()
    }, lookMs).unref()
    if (!this.signal(0)) this.#end()
  }

  #end(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    clearTimeout(this.#killTimer)
    clearInterval(this.#lookTimer)
    alive.delete(this)
    if (alive.size === 0) process.off('exit', killAll)
    this.#isOver.resolve()
  }
}

const streamsOf = ({ pid, stdin, stdout, stderr }: ChildProcess): ProgramStreams | undefined =>
  pid === undefined || stdin === null || stdout === null || stderr === null
    ? undefined
    : { stdin, stdout, stderr }
