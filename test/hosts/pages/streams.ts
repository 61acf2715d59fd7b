import { fields } from '@sluice/body'
import { pause } from '@sluice/pause'
import { nextStep } from '../ledger.ts'
import { counted, notedFlush } from './page.ts'
import type { Pages } from './page.ts'

const block = new Uint8Array(65_536).fill(120)

/** More than a kernel buffers. */
export const largeBytes: number = 64 << 20

/** Bodies whose beginning must arrive while their rest does not exist. */
export const streams: Pages = {
  '/flush': (_, id) =>
    counted(id, async function* () {
      yield 'first,'
      yield notedFlush(id)
      await nextStep(id)
      yield 'rest.'
      yield notedFlush(id)
    }),

  '/head-first': (_, id) =>
    counted(id, async function* () {
      yield notedFlush(id)
      await nextStep(id)
      yield 'content.'
    }),

  '/pause': (_, id) =>
    counted(id, async function* () {
      yield 'first,'
      const { frame, resume } = pause()
      nextStep(id).then(() => resume())
      yield frame
      yield 'rest.'
    }),

  '/pause-fails': (_, id) =>
    counted(id, async function* () {
      yield 'first,'
      const until = nextStep(id).then(() => {
        throw new Error(`Cannot go on: ?id=${id}`)
      })
      yield { kind: 'pause', until }
      yield 'rest.'
    }),

  '/large': (_, id) =>
    counted(id, async function* () {
      for (let sent = 0; sent < largeBytes; sent += block.length) yield block
    }),

  '/trailers': (_, id) =>
    counted(
      id,
      async function* () {
        yield 'content.'
        yield { kind: 'trailers', fields: fields({ 'x-sum': '8' }) }
      },
      { 'content-type': 'text/plain', trailer: 'x-sum' },
    ),
}
