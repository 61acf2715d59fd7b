import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { mib, msUntil, peakRss, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

const readers = 40
const bytes = 64 * 1024 * 1024

/** Clients that ask for much and read nothing: what is made for them must be pulled as they read. */
export const stalledReaders: Row = besideNode({
  name: 'stalled-readers',
  marks: [
    ['40 stalled readers of 64 MiB: RSS each', '<= 0.5 MiB'],
    ['the same, when they go: bodies closed, sockets left', '40, 0'],
  ],
  async measure(server) {
    await warmUp(server, '/download?bytes=1048576', 20)
    const sockets = server.sockets()
    await server.report()
    const before = server.rss()
    const clients = await Promise.all(Array.from({ length: readers }, () => connectTo(server.port)))
    const closed = (await server.report()).closed
    for (const client of clients) {
      client.pause()
      client.send(get(`/download?bytes=${bytes}`))
    }
    const each = ((await peakRss(server, 2)) - before) / readers
    for (const client of clients) client.destroy()
    await msUntil(2000, () => server.sockets() <= sockets)
    const released = (await server.report()).closed - closed
    const left = server.sockets() - sockets
    return [
      met(each <= 0.5, mib(each)),
      met(released === readers && left === 0, `${released}, ${left}`),
    ]
  },
})
