import { runProcess } from '../../support/runner/run-process.mjs'

const program = 'test/bench/node_modules/autocannon/autocannon.js'

/** Reads what autocannon prints with `--json`. */
export const readAutocannon = (output) => {
  const found = JSON.parse(output.slice(output.indexOf('{')))
  return {
    requests: found.requests.total,
    seconds: found.duration,
    p99Ms: found.latency.p99,
    failed: found.non2xx + found.errors + found.timeouts,
  }
}

/** Makes requests by autocannon for some seconds. */
export const runAutocannon = async (url, { connections, seconds, fields, content }) => {
  const sent = content === undefined ? fields : { ...fields, 'content-type': 'application/json' }
  const headers = Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const body = content === undefined ? [] : ['-m', 'POST', '-b', content]
  const times = ['-c', `${connections}`, '-d', `${seconds}`]
  const args = [program, '--json', '--no-progress', ...times, ...headers, ...body, url]
  const run = await runProcess(process.execPath, args, { seconds: seconds + 20 })
  return readAutocannon(run.output)
}
