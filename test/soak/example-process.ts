import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { msUntil } from '../faults/support/measure.ts'
import { deferred, within } from '../support/within.ts'
import type { Socket } from 'node:net'
import type { Deferred } from '../support/within.ts'
import type { ExampleReport } from './example-report.ts'
import type { Held } from './held.ts'

/** Milliseconds that a process may take to start or to report. */
const patienceMs = 30_000

/** A process that has a probe. */
interface Probed {
  readonly socket: Socket
  readonly asked: Deferred<ExampleReport>[]
}

/** An example, started as its user starts it, with a probe in each of its processes. */
export class ExampleProcess {
  readonly folder: string
  readonly temporary: string
  readonly #probed = new Set<Probed>()
  readonly #server = createServer((socket) => this.#hear(socket))
  #child: ReturnType<typeof spawn> | undefined
  #output = ''
  #errors = ''
  #ended: Promise<number | string> = Promise.resolve(0)

  constructor(folder: string, scratch: string) {
    this.folder = folder
    this.temporary = join(scratch, 'temporary')
    mkdirSync(this.temporary)
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output
  }

  /** What it has printed as errors. */
  get errors(): string {
    return this.#errors
  }

  async start(program: string, probe: string, libraries: readonly string[]): Promise<void> {
    const place = join(this.folder, 'probe.sock')
    this.#server.listen(place)
    await once(this.#server, 'listening')
    const imports = ['--import', 'tsx', '--import', pathToFileURL(probe).href]
    const child = spawn(process.execPath, ['--expose-gc', ...imports, program], {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NO_COLOR: '1',
        PORT: '0',
        WORKERS: '2',
        TMPDIR: this.temporary,
        EXAMPLE_PROBE: place,
        EXAMPLE_LIBRARIES: libraries.join(' '),
      },
    })
    this.#child = child
    process.once('exit', () => this.signal('SIGKILL'))
    this.#ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
    child.stdout.on('data', (text) => {
      this.#output += text
    })
    child.stderr.on('data', (text) => {
      this.#errors += text
    })
  }

  #hear(socket: Socket): void {
    const probed: Probed = { socket, asked: [] }
    let text = ''
    socket.on('data', (data) => {
      const lines = `${text}${data}`.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        // The first only says that it is there.
        if (!this.#probed.has(probed)) this.#probed.add(probed)
        else probed.asked.shift()?.resolve(JSON.parse(line))
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#probed.delete(probed)
      for (const each of probed.asked) each.reject(new Error('a process of the example has ended'))
    })
  }

  async held(): Promise<Held> {
    const reports = [...this.#probed].map(({ socket, asked }) => {
      const one = deferred<ExampleReport>()
      asked.push(one)
      socket.write('report\n')
      return within(patienceMs, one.promise)
    })
    const processes = this.processes()
    return {
      reports: await Promise.all(reports),
      processes: processes.map(({ command }) => command),
      descriptors: processes.flatMap(({ pid }) => descriptorsOf(pid)),
      files: this.filesLeft(),
    }
  }

  /** All that it has started, also what has left its group or lost its parent: they work in its folder. */
  processes(): readonly { readonly pid: string; readonly command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/cwd`) === this.folder)
      .map((pid) => ({ pid, command: commandOf(pid) }))
      .filter(({ command }) => command !== '')
  }

  filesLeft(): readonly string[] {
    return filesUnder(this.temporary)
  }

  /** Waits until it has printed something that matches. */
  async printed(pattern: RegExp): Promise<void> {
    const isOver = () => pattern.test(this.#output) || this.#child?.exitCode !== null
    await msUntil(patienceMs, isOver)
    if (!pattern.test(this.#output)) throw new Error(`Cannot start: no ${pattern} was printed`)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined && this.#child.exitCode === null) this.#child.kill(signal)
  }

  /** Waits for its end: the exit code, or the signal that ended it. */
  exited(): Promise<number | string> {
    return within(patienceMs, this.#ended)
  }

  async stop(): Promise<void> {
    this.signal('SIGKILL')
    await this.#ended
    for (const { pid } of this.processes()) endProcess(Number(pid))
    for (const { socket } of this.#probed) socket.destroy()
    this.#server.close()
  }
}

const endProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    // Gone since the folder was read.
    return ''
  }
}

/** Empty for one that has ended and was not waited for yet. */
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

const descriptorsOf = (pid: string): readonly string[] => {
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).map((fd) => linkOf(`${folder}/${fd}`).replace(/\[\d+\]$/, ''))
  } catch {
    return []
  }
}

/** Without those that tsx keeps. */
const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^(tsx-|node-compile-cache)/.test(name),
  )
