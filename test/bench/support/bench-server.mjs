import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cpuSeconds } from './process-usage.mjs'

/** Milliseconds that a server may take to start or to answer. */
const patienceMs = 20_000

const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const lateAfter = (what) => {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long`)), patienceMs)
  })
  return { late, clear: () => clearTimeout(timer) }
}

/** A server of a peer, in a process of its own, which ends with this one. */
export class BenchServer {
  #child
  #asked = []
  #errors = ''

  constructor(child) {
    this.#child = child
    running.add(child)
    child.once('exit', () => {
      running.delete(child)
      for (const each of this.#asked) each.reject(new Error(`a server ended: ${this.#errors}`))
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-2000)
    })
    // It may end while it is told to: nothing is lost.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.#asked.shift()?.resolve(JSON.parse(line)),
    )
  }

  get pid() {
    return this.#child.pid
  }

  /** Seconds of CPU it has taken. */
  get cpuSeconds() {
    return cpuSeconds(this.pid)
  }

  /** The next line that it writes. */
  async #line(what) {
    const { late, clear } = lateAfter(what)
    const line = new Promise((resolve, reject) => this.#asked.push({ resolve, reject }))
    try {
      return await Promise.race([line, late])
    } finally {
      clear()
    }
  }

  async started() {
    const { port } = await this.#line('the start of a server')
    this.port = port
    return port !== undefined
  }

  /** Bytes of `rss`, `heapUsed` and `external`, after garbage has been collected. */
  memory() {
    const line = this.#line('collecting garbage')
    this.#child.stdin.write('memory\n')
    return line
  }

  /** Lets it end by itself, so that what it writes at its end is whole, and then ends it. */
  async stop() {
    if (!running.has(this.#child)) return
    const gone = once(this.#child, 'exit')
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(timer)
  }
}

/**
 * Starts the app of a candidate.
 *
 * @returns The server; `undefined` where the candidate has no such app.
 */
export const startServer = async ({ command, args, env }, script, app) => {
  const child = spawn(command, [...args, script, ...app], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1', ...env },
  })
  const server = new BenchServer(child)
  try {
    if (await server.started()) return server
  } catch (error) {
    await server.stop()
    throw error
  }
  await server.stop()
  return undefined
}
