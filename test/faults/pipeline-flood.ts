import { setTimeout as sleep } from 'node:timers/promises'
import { connectTo } from '../support/server/raw-client.ts'
import { get } from '../support/server/serving.ts'
import { mib, msUntil, peakRss, warmUp } from './support/measure.ts'
import { besideNode, met } from './support/row.ts'
import type { Socket } from 'node:net'
import type { Row } from './support/row.ts'

const answerBytes = 16_384
/** As many as fit into 64 MiB: no kernel holds so much of one connection. */
const mostBytes = 64 * 1024 * 1024

/** Writes requests until the other end has taken nothing for a second; gives the bytes that went. */
const flood = async (socket: Socket): Promise<number> => {
  const requests = Buffer.from(get(`/piece?bytes=${answerBytes}`).repeat(1000))
  let sent = 0
  while (sent < mostBytes) {
    sent += requests.length
    if (socket.write(requests)) continue
    const drained = await msUntil(1000, () => !socket.writableNeedDrain)
    if (drained === undefined) break
  }
  return sent - socket.writableLength
}

/** A client that asks and asks and reads no answer. */
export const pipelineFlood: Row = besideNode({
  name: 'pipeline-flood',
  marks: [
    ['pipeline flood, answers unread: RSS growth', '<= 16 MiB, reading stops'],
    ['the same, when it goes: handlers never told', '0'],
  ],
  async measure(server) {
    await warmUp(server, `/piece?bytes=${answerBytes}`)
    const { started, told } = await server.report()
    const before = server.rss()
    const client = await connectTo(server.port)
    client.pause()
    const [sent, peak] = await Promise.all([flood(client.socket), peakRss(server, 3)])
    const growth = Math.max(peak, server.rss()) - before
    client.destroy()
    await sleep(1000)
    const after = await server.report()
    const never = after.started - started - (after.told - told)
    const stops = sent < mostBytes
    return [
      met(
        growth <= 16 && stops,
        `${mib(growth)}, ${stops ? 'stops' : 'reads on'} at ${mib(sent / 1_048_576)}`,
      ),
      met(never === 0, `${never} of ${after.started - started}`),
    ]
  },
})
