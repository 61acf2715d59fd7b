import { spawn } from 'node:child_process'

const running = new Set()

/** Ends a process and all it has started: each runs in a process group of its own. */
const endGroup = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group has already gone.
  }
}

const endAll = () => {
  for (const child of running) endGroup(child)
}
process.once('exit', endAll)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  process.once(signal, () => process.exit(code))

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
      running.delete(child)
      reject(error)
    })
    // A grandchild that outlives the child would hold the pipes open, and 'close' would never come.
    child.once('exit', () => endGroup(child))
    child.once('close', (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8'), timedOut })
    })
  })
