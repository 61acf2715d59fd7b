import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProcess } from '../../support/runner/run-process.mjs'
import { scratchFolder } from '../../support/runner/scratch-folder.mjs'

const units = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

const latencyMs = (output) => {
  const found = /^\s+99%\s+([\d.]+)(us|ms|s|m)$/m.exec(output)
  return found === null ? Number.NaN : Number(found[1]) * units[found[2]]
}

const countOf = (output, pattern) => Number(pattern.exec(output)?.[1] ?? 0)

const socketErrors = (output) =>
  (/Socket errors: (.*)/.exec(output)?.[1] ?? '')
    .split(',')
    .reduce((sum, each) => sum + Number(/\d+/.exec(each)?.[0] ?? 0), 0)

/** Reads what wrk prints. */
export const readWrk = (output) => {
  const found = /(\d+) requests in ([\d.]+)(us|ms|s|m),/.exec(output)
  if (found === null) throw new Error(`Cannot read what wrk says: ${output}`)
  return {
    requests: Number(found[1]),
    seconds: (Number(found[2]) * units[found[3]]) / 1000,
    p99Ms: latencyMs(output),
    failed: countOf(output, /Non-2xx or 3xx responses: (\d+)/) + socketErrors(output),
  }
}

const lua = (text) => JSON.stringify(text)

const scriptFor = (content) => {
  const { folder, discard } = scratchFolder(tmpdir(), 'sluice-wrk-')
  const file = join(folder, 'post.lua')
  writeFileSync(
    file,
    `wrk.method = "POST"\nwrk.body = ${lua(content)}\nwrk.headers["Content-Type"] = "application/json"\n`,
  )
  return { args: ['-s', file], discard }
}

/** Makes requests by wrk for some seconds, on one thread. */
export const runWrk = async (url, { connections, seconds, fields, content }) => {
  const script = content === undefined ? { args: [], discard() {} } : scriptFor(content)
  const headers = Object.entries(fields).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    '--latency',
    ...script.args,
  ]
  try {
    const run = await runProcess('wrk', [...args, ...headers, url], { seconds: seconds + 20 })
    return readWrk(run.output)
  } finally {
    script.discard()
  }
}
