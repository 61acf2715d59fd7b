import { pause } from '@sluice/pause'
import { nextStep } from '../ledger.ts'
import { counted, notedFlush } from './page.ts'
import type { Pages } from './page.ts'

/** Bodies whose beginning must arrive while their rest does not exist. */
export const streams: Pages = {
  '/flush': (_, id) =>
    counted(
      id,
      (async function* () {
        yield 'first,'
        yield notedFlush(id)
        await nextStep(id)
        yield 'rest.'
      })(),
    ),
  '/head-first': (_, id) =>
    counted(
      id,
      (async function* () {
        yield notedFlush(id)
        await nextStep(id)
        yield 'content.'
      })(),
    ),
  '/pause': (_, id) =>
    counted(
      id,
      (async function* () {
        yield 'first,'
        const { frame, resume } = pause()
        nextStep(id).then(() => resume())
        yield frame
        yield 'rest.'
      })(),
    ),
}
