import { spawn } from 'node:child_process'

const graceMs = 1500
const running = new Set()
let exitCode

/** Signals a process and all it has started: each runs in a process group of its own. */
const signalGroup = (child, signal) => {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has already gone.
  }
}

/** Asks first: a process that runs others in groups of their own has to end those itself. */
const endGroup = (child) => {
  signalGroup(child, 'SIGTERM')
  setTimeout(signalGroup, graceMs, child, 'SIGKILL').unref()
}

const forget = (child) => {
  running.delete(child)
  if (exitCode !== undefined && running.size === 0) process.exit(exitCode)
}

const endAll = (code) => {
  exitCode = code
  if (running.size === 0) process.exit(code)
  for (const child of running) endGroup(child)
  setTimeout(() => process.exit(code), graceMs + 500)
}

process.once('SIGHUP', () => endAll(129))
process.once('SIGINT', () => endAll(130))
process.once('SIGTERM', () => endAll(143))
process.once('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL')
})

/**
 * Runs a process to its end and gathers what it prints, in order.
 *
 * Whatever it has left behind is ended with it, and so is all of it after `seconds` or when this process ends.
 *
 * @param options.seconds Seconds, 120 unless told.
 * @returns `code` (1 when ended by a signal), `output`, `timedOut`.
 */
export const runProcess = (command, args, { seconds = 120, cwd, env = {} } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      detached: true,
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    const chunks = []
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      endGroup(child)
    }, seconds * 1000)
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.once('error', (error) => {
      clearTimeout(timer)
      forget(child)
      reject(error)
    })
    // What outlives the child would hold its pipes open, and 'close' would never come.
    child.once('exit', () => signalGroup(child, 'SIGKILL'))
    child.once('close', (code) => {
      clearTimeout(timer)
      forget(child)
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8'), timedOut })
    })
  })
