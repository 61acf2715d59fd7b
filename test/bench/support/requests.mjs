import { startServer } from './bench-server.mjs'
import { browserFields } from './fields.mjs'
import { inRounds } from './rounds.mjs'

/** Requests, or seconds, of load before anything is counted: what a server's hot functions take to be compiled. */
const warmRequests = 20_000
const warmSeconds = 4

export const requestMetrics = {
  perSecond: { title: 'requests/s', compared: true, more: true },
  cpu: { title: 'CPU µs/request', compared: true },
  p99: { title: 'p99 ms' },
}

/** Sends requests to a server, and gives what they cost it. */
export const measureLoad = async (server, { load, seconds, ...bench }, entry) => {
  const { path, content, connections = bench.connections } = entry
  const fields = { ...browserFields, ...entry.fields }
  const url = `http://127.0.0.1:${server.port}${path}`
  const before = server.cpuSeconds
  const { requests, failed, p99Ms, ...took } = await load.run(url, {
    connections,
    seconds,
    fields,
    content,
  })
  const cpu = ((server.cpuSeconds - before) * 1e6) / requests
  if (failed > 0) throw new Error(`${failed} of ${requests} requests failed`)
  return { perSecond: requests / took.seconds, cpu, p99: p99Ms }
}

const warmUp = async (entry, bench) => {
  let requests = 0
  for (let i = 0; i < warmSeconds && requests < warmRequests; i++) {
    const { perSecond } = await measureLoad(entry.server, { ...bench, seconds: 1 }, entry)
    requests += perSecond
  }
}

const startAll = async (entries, bench) => {
  const started = []
  for (const entry of entries) {
    try {
      const server = await startServer(entry, entry.script, entry.app)
      if (server === undefined) continue
      started.push({ ...entry, server })
      bench.progress(`warming up: ${entry.peer}, ${entry.runtime}`)
      await warmUp({ ...entry, server }, bench)
    } catch (error) {
      bench.note(`${entry.peer}, ${entry.runtime}: ${error.message}`)
    }
  }
  return started
}

/**
 * Measures servers by requests that are small, all of them up at once and loaded in turns.
 *
 * @param entries Candidates, each with its `app` and `path`, perhaps `content` to post, more `fields`, and its own `connections`.
 * @param share How much of the seconds a round is taken: works with many entries take less.
 */
export const measureRequests = async (entries, common, share = 1) => {
  const bench = { ...common, seconds: common.seconds * share }
  const started = await startAll(entries, bench)
  try {
    return await inRounds(started, bench, (entry) => measureLoad(entry.server, bench, entry))
  } finally {
    await Promise.all(started.map(({ server }) => server.stop()))
  }
}
