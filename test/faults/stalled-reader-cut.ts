import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { ms, msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

const writeTimeoutMs = 3000

export const stalledReaderCut: Row = besideNode({
  name: 'stalled-reader-cut',
  marks: [['a stalled reader is cut off (limit 3000 ms)', '<= 4000 ms']],
  options: { writeTimeoutMs },
  async measure(server) {
    await warmUp(server, '/download?bytes=1048576', 5)
    const sockets = server.sockets()
    const client = await connectTo(server.port)
    client.send(get('/download?bytes=67108864'))
    await client.received(1_048_576)
    client.pause()
    const taken = await msUntil(8000, () => server.sockets() <= sockets)
    client.destroy()
    return [met(taken !== undefined && taken <= writeTimeoutMs + 1000, ms(taken))]
  },
})
