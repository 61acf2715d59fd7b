import { setTimeout as sleep } from 'node:timers/promises'
import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { msUntil, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

const behind = 10_000

const wantedIds = ['slow', ...Array.from({ length: behind }, (_, i) => `id-${i}`)].join()

/** The contents of answers in a row: a content here holds no line end and is the last line of its answer. */
const idsIn = (text: string) =>
  text
    .split(/HTTP\/1\.1 200 OK\r\n/)
    .slice(1)
    .map((answer) => answer.slice(answer.indexOf('\r\n\r\n') + 4))
    .join()

/** A slow request and many behind it on one connection: one handler at a time, and the answers in order. */
export const pipelineOrder: Row = besideNode({
  name: 'pipeline-order',
  marks: [['handlers started behind one slow request', '1, 10001 answers in order']],
  async measure(server) {
    await warmUp(server, '/id?id=a', 5)
    const before = (await server.report()).started
    const client = await connectTo(server.port)
    const requests = Array.from({ length: behind }, (_, i) => get(`/id?id=id-${i}`))
    client.send(get('/slow?ms=1500&id=slow') + requests.join(''))
    await sleep(1000)
    const started = (await server.report()).started - before
    const last = `id-${behind - 1}`
    await msUntil(10_000, () => client.text.endsWith(last))
    const ids = idsIn(client.text)
    client.destroy()
    const inOrder = ids === wantedIds
    const count = ids === '' ? 0 : ids.split(',').length
    return [
      met(
        started === 1 && inOrder,
        `${started}, ${count} ${inOrder ? 'in order' : 'not all in order'}`,
      ),
    ]
  },
})
