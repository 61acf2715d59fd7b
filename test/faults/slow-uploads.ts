import { connectTo } from '../support/server/raw-client.ts'
import { request } from '../support/server/serving.ts'
import { mib, peakRss, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import { sendAll } from './support/send-all.ts'
import type { Row } from './support/row.ts'

const uploads = 20
const bytes = 64 * 1024 * 1024

/** Clients that send faster than the handler reads: what it has not asked for stays with them. */
export const slowUploads: Row = besideNode({
  name: 'slow-uploads',
  marks: [['20 uploads into a slow handler: RSS each', '<= 1.5 MiB']],
  async measure(server) {
    await warmUp(server, '/')
    await server.report()
    const before = server.rss()
    const clients = await Promise.all(Array.from({ length: uploads }, () => connectTo(server.port)))
    for (const client of clients) {
      client.send(request('POST', '/upload-slow', `content-length: ${bytes}`))
      sendAll(client.socket, bytes)
    }
    const each = ((await peakRss(server, 4)) - before) / uploads
    for (const client of clients) client.destroy()
    return [met(each <= 1.5, mib(each))]
  },
})
