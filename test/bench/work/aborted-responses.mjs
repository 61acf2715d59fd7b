import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasZstd } from '@sluice/compress'
import { printProbe, stateOf, withCompressor } from '../support/compressors.mjs'
import { readable } from '../support/statistics.mjs'

const codings = ['gzip', 'deflate', 'br', ...(hasZstd ? ['zstd'] : [])]
const atOnce = 50

/** Asks for a page and goes away within thirty milliseconds. */
const abort = (port, coding) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.once('close', resolve)
    socket.write(`GET /${coding} HTTP/1.1\r\nhost: a\r\naccept-encoding: ${coding}\r\n\r\n`)
    setTimeout(() => socket.resetAndDestroy(), Math.random() * 30)
  })

const abortAll = async (port, count) => {
  let left = count
  const takeTurns = async () => {
    for (; left > 0; left--) await abort(port, codings[left % codings.length])
  }
  await Promise.all(Array.from({ length: atOnce }, takeTurns))
}

/** Compressed responses whose clients go away at random moments, and what is left of them. */
export const abortedResponses = {
  name: 'aborted-responses',
  probe: true,
  async run({ count = 20_000 } = {}) {
    const rows = await withCompressor(
      'sluice',
      async (server) => {
        // So that the heap has the size that the work needs.
        await abortAll(server.port, count / 4)
        await sleep(1000)
        const before = await stateOf(server)
        await abortAll(server.port, count)
        await sleep(1000)
        await stateOf(server)
        await sleep(200)
        const after = await stateOf(server)
        const grown = (after.rss - before.rss) / 1_048_576
        return [[readable(count), readable(grown), after.contexts]]
      },
      'watched',
    )
    const columns = [
      { title: 'aborted' },
      { title: 'memory grown by, MiB' },
      { title: 'zlib contexts left' },
    ]
    printProbe(`Aborted responses in ${codings.join(', ')}`, columns, rows, { peers: false })
  },
}
