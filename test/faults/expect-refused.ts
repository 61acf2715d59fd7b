import { connectTo } from '../support/server/raw-client.ts'
import { request } from '../support/server/serving.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

/** A client that asks first: where the answer is no, 100 (Continue) must not come before it. */
export const expectRefused: Row = besideNode({
  name: 'expect-refused',
  marks: [['Expect and an early refusal', 'the final status only']],
  async measure(server) {
    const client = await connectTo(server.port)
    client.send(request('POST', '/refuse', 'expect: 100-continue', 'content-length: 20000000'))
    const text = await client.takeTo('too large')
    client.destroy()
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status)
    return [met(statuses.join() === '413', statuses.join(' then '))]
  },
})
