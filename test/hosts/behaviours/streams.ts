import * as assert from 'uvu/assert'
import { kernelBytes } from '../support/kernel-bytes.ts'
import type { Behaviour } from './behaviour.ts'

const maxAhead = 1 << 20

/** What is sent before the rest of it exists, and what is not pulled before it can be sent. */
export const streams: readonly Behaviour[] = [
  {
    name: 'a flush arrives before the rest exists',
    async run(site) {
      const { id, exchange } = site.start('/flush')
      await exchange.content('first,')
      await site.resume(id)
      await exchange.content('first,rest.')
      await exchange.complete()
    },
  },
  {
    name: 'the head arrives before the first byte exists',
    async run(site) {
      const { id, exchange } = site.start('/head-first')
      assert.is((await exchange.head()).status, 200)
      assert.is((await site.probe(id)).pulled, 0)
      await site.resume(id)
      await exchange.content('content.')
      await exchange.complete()
    },
    losses: {
      'it is sent with the first byte': async (site) => {
        const { id, exchange } = site.start('/head-first')
        await site.probeUntil(id, ({ started }) => started === 1, 'the request')
        assert.is(exchange.arrived.head, undefined)
        await site.resume(id)
        await exchange.content('content.')
        await exchange.complete()
      },
    },
  },
  {
    name: 'each flush has its receipt, when its bytes are sent',
    async run(site) {
      const { id, exchange } = site.start('/flush')
      const sent = await site.probeUntil(id, ({ receipts }) => receipts.length > 0, 'a receipt')
      assert.equal(sent.receipts, ['sent'])
      await site.resume(id)
      await exchange.complete()
      const all = await site.probeUntil(id, ({ receipts }) => receipts.length > 1, 'a second one')
      assert.equal(all.receipts, ['sent', 'sent'])
    },
  },
  {
    name: 'a pause sends what is before it, and holds what is after it',
    async run(site) {
      const { id, exchange } = site.start('/pause')
      await exchange.content('first,')
      assert.is((await site.probe(id)).pulled, 1)
      await site.resume(id)
      await exchange.content('first,rest.')
      await exchange.complete()
    },
  },
  {
    name: 'a pause that fails cuts the response',
    async run(site) {
      const { id, exchange } = site.start('/pause-fails')
      await exchange.content('first,')
      await site.resume(id)
      assert.is(await exchange.ending(), 'cut')
      assert.is(exchange.text, 'first,')
      const { errors } = await site.closedOnce(id)
      assert.is(errors.length, 1)
    },
  },
  {
    name: 'a client that does not read stops the source',
    async run(site) {
      const { id, exchange } = site.start('/large')
      exchange.stall()
      const pulled = await site.standstill(id, ({ pulledBytes }) => pulledBytes)
      const { localPort = 0, arrived } = exchange
      const below = arrived.bytes + kernelBytes(site.port, localPort) + (site.host.buffers ?? 0)
      assert.ok(
        pulled - below <= maxAhead,
        `${pulled} bytes pulled, ${below} of them left the host`,
      )
      exchange.goOn()
      await site.probeUntil(id, ({ pulledBytes }) => pulledBytes > pulled, 'that it goes on')
      exchange.leave()
      await site.closedOnce(id)
    },
  },
]
