import * as assert from 'uvu/assert'
import { largeBytes } from '../pages/streams.ts'
import type { Exchange } from '../clients/exchange.ts'
import type { Site } from '../support/site.ts'
import type { Behaviour } from './behaviour.ts'

/** Waits until the app knows that the client has left. */
const untilAborted = async (site: Site, id: string): Promise<void> => {
  const { aborted } = await site.probeUntil(id, ({ aborted }) => aborted.length > 0, 'the abort')
  assert.equal(aborted, ['READER_GONE'])
}

const leavesPause = async (site: Site, leave: (exchange: Exchange) => void): Promise<void> => {
  const { id, exchange } = site.start('/leave/pause')
  await exchange.content('first,')
  leave(exchange)
  await untilAborted(site, id)
  const { errors } = await site.closedOnce(id)
  assert.equal(errors, [])
}

/** The client leaves: the source is closed exactly once, the signal aborts, and that is no error. */
export const leaving: readonly Behaviour[] = [
  {
    name: 'the client leaves while it does not read: the source is closed once',
    async run(site) {
      const { id, exchange } = site.start('/large')
      await exchange.head()
      exchange.stall()
      exchange.leave()
      const { errors, pulledBytes } = await site.closedOnce(id)
      assert.equal(errors, [])
      assert.ok(pulledBytes < largeBytes, 'it was not read to its end')
    },
  },
  {
    name: 'the client leaves in a pause: the source is closed once',
    async run(site) {
      await leavesPause(site, (exchange) => exchange.leave())
      // HTTP/2 has two ways: the end of the stream, and that of the connection.
      if (site.isHttp2) await leavesPause(site, (exchange) => exchange.close())
    },
  },
  {
    name: 'the client leaves while the source waits: its flush is lost, the source closed once',
    async run(site) {
      const { id, exchange } = site.start('/leave/wait')
      await exchange.content('first,')
      // A host may hear that it has sent the first flush later than the client has it.
      await site.probeUntil(id, ({ receipts }) => receipts[0] === 'sent', 'the first receipt')
      exchange.leave()
      await untilAborted(site, id)
      await site.resume(id)
      const { errors, receipts } = await site.closedOnce(id)
      assert.equal(errors, [])
      assert.is(receipts[0], 'sent')
      assert.ok(!receipts.slice(1).includes('sent'), 'nothing is sent to a client that has left')
    },
  },
  {
    name: 'the client leaves while it uploads: the handler gets an error',
    async run(site) {
      const { id, exchange } = site.start('/leave/upload', { method: 'POST', content: true })
      exchange.send('part')
      await site.probeUntil(id, ({ readBytes }) => readBytes === 4, 'the part that was sent')
      exchange.leave()
      const { errors, refusals } = await site.closedOnce(id)
      assert.equal(errors, [])
      assert.is(refusals.length, 1)
      assert.ok(['READER_GONE', 'BODY_ENDED_EARLY'].includes(refusals[0] ?? ''), refusals[0])
      await site.probeUntil(id, ({ aborted }) => aborted.length > 0, 'the abort')
    },
  },
  {
    name: 'the client leaves before the first read: the source is closed once, and not read',
    async run(site) {
      const { id, exchange } = site.start('/leave/unread')
      await site.probeUntil(id, ({ started }) => started === 1, 'the request')
      exchange.leave()
      await untilAborted(site, id)
      await site.resume(id)
      const { errors, pulled } = await site.closedOnce(id)
      assert.equal(errors, [])
      assert.is(pulled, 0)
    },
  },
]
