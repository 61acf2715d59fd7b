import * as assert from 'uvu/assert'
import type { Behaviour } from './behaviour.ts'

/** What is sent before the rest of it exists. */
export const streams: readonly Behaviour[] = [
  {
    name: 'a flush arrives before the rest exists',
    async run(site) {
      const { id, exchange } = site.start('/flush')
      await exchange.content('first,')
      await site.resume(id)
      await exchange.content('first,rest.')
      assert.is(await exchange.ending(), 'complete')
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
      assert.is(await exchange.ending(), 'complete')
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
      assert.is(await exchange.ending(), 'complete')
    },
  },
]
