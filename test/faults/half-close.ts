import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

/** A client that sends its request and its FIN at once, and waits for the answer (RFC 9112 9.6 lets it). */
export const halfClose: Row = besideNode({
  name: 'half-close',
  marks: [['half-close (FIN after the request), slow answer', 'whole']],
  async measure(server) {
    const client = await connectTo(server.port)
    client.send(get('/slow?ms=500&id=whole'))
    client.halfClose()
    const text = (await client.takeRest()).toString('latin1')
    client.destroy()
    const whole = text.endsWith('\r\n\r\nwhole')
    return [met(whole, whole ? 'whole' : `lost, ${text.length} bytes came`)]
  },
})
