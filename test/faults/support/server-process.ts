import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { deferred, within } from '../../support/within.ts'
import { isPort, isReport } from './report.ts'
import type { ChildProcess } from 'node:child_process'
import type { Deferred } from '../../support/within.ts'
import type { Options, Report } from './report.ts'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Milliseconds that a server may take to start or to report: it may be busy, and so may the machine. */
const patienceMs = 30_000

/** A server in a process of its own. */
export class ServerProcess {
  readonly pid: number
  readonly port: number
  readonly exited: Promise<number | null>
  readonly #child: ChildProcess
  readonly #output: string[]
  readonly #asked: Deferred<Report>[] = []

  constructor(child: ChildProcess, port: number, output: string[]) {
    this.pid = child.pid ?? 0
    this.port = port
    this.exited = once(child, 'exit').then(([code]) => code)
    this.#child = child
    this.#output = output
    child.on('message', (message) => {
      if (isReport(message)) this.#asked.shift()?.resolve(message)
    })
    child.on('exit', () => {
      for (const each of this.#asked) each.reject(new Error('the server process has ended'))
    })
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it has printed: errors that nobody caught, as a rule. */
  get output(): string {
    return this.#output.join('')
  }

  /** Collects garbage over there, and asks for the counts. */
  report(): Promise<Report> {
    const asked = deferred<Report>()
    this.#asked.push(asked)
    this.#child.send('report')
    return within(patienceMs, asked.promise)
  }

  /** Has it watch how long its event loop is held, from now on. */
  watch(): void {
    this.#child.send('watch')
  }

  /** Resident memory, in MiB. */
  rss(): number {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))
    return Number(found?.[1] ?? Number.NaN) / 1024
  }

  /** Open sockets, with the one that listens and those that Node itself has. */
  sockets(): number {
    const folder = `/proc/${this.pid}/fd`
    return readdirSync(folder).filter((fd) => isSocket(`${folder}/${fd}`)).length
  }

  /** Open descriptors of any kind. */
  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async stop(): Promise<void> {
    if (this.isAlive) this.#child.kill('SIGKILL')
    await this.exited
  }
}

const isSocket = (path: string) => {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    // Closed since the folder was read.
    return false
  }
}

/** Starts a server and waits until it listens. */
export const startServer = async (
  script: string,
  options: Options,
  execArgv: readonly string[] = [],
): Promise<ServerProcess> => {
  const child = fork(script, [JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--enable-source-maps', ...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const output: string[] = []
  for (const each of [child.stdout, child.stderr])
    each?.on('data', (text) => output.push(`${text}`))
  const started = deferred<number>()
  child.once('message', (message) => {
    if (isPort(message)) started.resolve(message.port)
  })
  child.once('exit', (code) =>
    started.reject(new Error(`${script} ended with code ${code}\n${output.join('')}`)),
  )
  return new ServerProcess(child, await within(patienceMs, started.promise), output)
}
