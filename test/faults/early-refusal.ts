import { connectTo } from '../support/server/raw-client.ts'
import { request } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import { warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import { sendAll } from './support/send-all.ts'
import type { Row } from './support/row.ts'

const bytes = 20 * 1024 * 1024
const clients = 20

/** Sends the whole content, refused or not, and says what came of the answer; a FIN does not stop it from sending. */
const outcome = async (port: number): Promise<'read' | 'reset'> => {
  const client = await connectTo(port)
  client.send(request('POST', '/refuse', `content-length: ${bytes}`))
  const sent = await sendAll(client.socket, bytes)
  try {
    const head = await within(5000, client.takeTo('\r\n\r\ntoo large'))
    return sent === bytes && head.startsWith('HTTP/1.1 413 ') ? 'read' : 'reset'
  } catch {
    return 'reset'
  } finally {
    client.destroy()
  }
}

export const earlyRefusal: Row = besideNode({
  name: 'early-refusal',
  marks: [['413 while clients still send 20 MiB: read/reset', '20/0']],
  async measure(server) {
    await warmUp(server, '/')
    const all = await Promise.all(Array.from({ length: clients }, () => outcome(server.port)))
    const read = all.filter((each) => each === 'read').length
    return [met(read === clients, `${read}/${clients - read}`)]
  },
})
