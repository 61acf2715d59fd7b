import { isData } from '@sluice/body'
import { stream } from '@sluice/stack'
import { countsOf, nameOf, nextStep } from '../ledger.ts'
import { counted, noteAbort, notedFlush, unreadBody } from './page.ts'
import type { Pages } from './page.ts'

/** What the client leaves before it is over. */
export const leaving: Pages = {
  '/leave/pause': (request, id) => {
    noteAbort(request, id)
    return counted(id, async function* () {
      yield 'first,'
      yield { kind: 'pause', until: new Promise(() => {}) }
    })
  },

  // Closing a generator does not interrupt its waits.
  '/leave/wait': (request, id) => {
    noteAbort(request, id)
    return counted(id, async function* () {
      yield 'first,'
      yield notedFlush(id)
      await nextStep(id)
      yield 'rest.'
      yield notedFlush(id)
    })
  },

  '/leave/upload': async (request, id) => {
    const counts = countsOf(id)
    noteAbort(request, id)
    try {
      for await (const frame of request.body)
        if (isData(frame)) counts.readBytes += frame.bytes.length
      return stream('all read')
    } catch (error) {
      counts.refusals.push(nameOf(error))
      throw error
    } finally {
      counts.closed++
    }
  },

  '/leave/unread': async (request, id) => {
    noteAbort(request, id)
    await nextStep(id)
    return { ...stream(''), body: unreadBody(id, 'content.') }
  },
}
