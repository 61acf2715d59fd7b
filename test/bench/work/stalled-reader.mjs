import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { eachCompressor, printProbe, stateOf } from '../support/compressors.mjs'
import { readable } from '../support/statistics.mjs'

const mebibyte = 1_048_576

/** Asks for a body without an end, reads its beginning, and then nothing any more. */
const stall = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.write('GET /endless HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\n\r\n')
    socket.once('data', () => {
      socket.pause()
      resolve(socket)
    })
  })

/** An endless body of random bytes behind a reader that has stopped: what is taken from it, and how memory grows. */
export const stalledReader = {
  name: 'stalled-reader',
  probe: true,
  async run() {
    const rows = await eachCompressor(async ({ label }, server) => {
      // What is compiled and allocated once is not counted.
      const warm = await stall(server.port)
      await sleep(500)
      warm.destroy()
      await sleep(500)
      const before = await stateOf(server)
      const socket = await stall(server.port)
      // What the kernel takes, and what each holds by its options, is taken in the first second.
      await sleep(1000)
      const early = await stateOf(server)
      await sleep(3000)
      const late = await stateOf(server)
      socket.destroy()
      return [
        [
          label,
          readable((early.pulledBytes - before.pulledBytes) / mebibyte),
          readable((late.pulledBytes - early.pulledBytes) / mebibyte),
          readable((late.rss - before.rss) / mebibyte),
        ],
      ]
    })
    const columns = [
      { title: 'gzip by', text: true },
      { title: 'taken in the first second, MiB' },
      { title: 'in three more, MiB' },
      { title: 'memory grown by, MiB' },
    ]
    printProbe('Stalled reader: an endless body, read once and never again', columns, rows)
  },
}
