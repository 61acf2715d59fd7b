import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { constants, gunzipSync } from 'node:zlib'
import { compressors, eachCompressor, printProbe, stateOf } from '../support/compressors.mjs'
import { readable } from '../support/statistics.mjs'

/** Connections of ours, and of each other, whose contexts would fill the machine. */
const defaults = { ours: 10_000, others: 2000 }

/** Milliseconds for all to be told; whoever has not told them by then does not. */
const patienceMs = 20_000

const request = 'GET /events HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\n\r\n'

/** A connection and what has come on it. */
const open = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const client = { socket, parts: [] }
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.on('data', (bytes) => client.parts.push(bytes))
      socket.write(request)
      resolve(client)
    })
  })

/** The data of the chunks that have come; the last may have come in part. */
const contentOf = (text) => {
  const chunks = []
  let at = text.indexOf('\r\n\r\n') + 4
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const size = end < 0 ? 0 : Number.parseInt(text.slice(at, end), 16)
    if (!(size > 0)) return Buffer.from(chunks.join(''), 'latin1')
    chunks.push(text.slice(end + 2, end + 2 + size))
    at = end + size + 4
  }
}

/** How many events the client can read. */
const eventsRead = ({ parts }) => {
  const text = Buffer.concat(parts).toString('latin1')
  if (!/^content-encoding: gzip\r$/im.test(text)) return Number.NaN
  const content = contentOf(text)
  if (content.length === 0) return 0
  const plain = gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
  return plain.split('\n\n').length - 1
}

const readers = (clients, wanted) => clients.filter((each) => eventsRead(each) === wanted).length

/** Waits until all can read so many events, or no more will. */
const allRead = async (clients, wanted) => {
  const until = performance.now() + patienceMs
  let count = 0
  while (performance.now() < until) {
    count = readers(clients, wanted)
    if (count === clients.length) break
    await sleep(500)
  }
  return count
}

const openAll = async (port, count) => {
  const clients = []
  // Fifty at a time: more would not find a place in the queue of those that are to be accepted.
  while (clients.length < count) {
    const batch = Math.min(50, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => open(port)))))
  }
  return clients
}

const measure = async ({ label }, server, count) => {
  const before = await stateOf(server)
  const clients = await openAll(server.port, count)
  try {
    if (Number.isNaN(eventsRead(await withHead(clients[0]))))
      return [label, readable(count), '–', '–', '–', 'does not compress events']
    const first = await allRead(clients, 1)
    const paused = await stateOf(server)
    await fetch(`http://127.0.0.1:${server.port}/publish`)
    const second = await allRead(clients, 2)
    const after = await stateOf(server)
    const each = (name) => readable((paused[name] - before[name]) / count / 1024)
    return [
      label,
      readable(count),
      each('rss'),
      each('heapUsed'),
      second === 0 ? '–' : readable((after.cpuUs - paused.cpuUs) / count),
      `${first} read the first, ${second} the next`,
    ]
  } finally {
    for (const { socket } of clients) socket.destroy()
  }
}

const withHead = async (client) => {
  while (client.parts.length === 0) await sleep(10)
  return client
}

/**
 * Compressed event streams that have sent one event and wait: what each costs, and that each gets the next.
 *
 * The CPU counts all that the server does for the next event, with the connection that asks for it.
 */
export const pausedConnections = {
  name: 'paused-connections',
  probe: true,
  async run({ ours = defaults.ours, others = defaults.others, only } = {}) {
    const rows = await eachCompressor(
      async (compressor, server) => [
        await measure(compressor, server, compressor.name === compressors[0].name ? ours : others),
      ],
      only,
    )
    const columns = [
      { title: 'gzip by', text: true },
      { title: 'connections' },
      { title: 'memory each, KiB' },
      { title: 'heap each, KiB' },
      { title: 'CPU for the next event, us' },
      { title: '', text: true },
    ]
    printProbe('Paused compressed connections', columns, rows)
  },
}
