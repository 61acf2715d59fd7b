import { fields } from '@sluice/body'
import { HttpError, text } from '@sluice/stack'
import { nextStep } from '../ledger.ts'
import { counted, notedFlush, unreadBody } from './page.ts'
import type { HttpRequest } from '@sluice/stack'
import type { Pages } from './page.ts'

const statusOf = ({ target }: HttpRequest) => Number(/[?&]status=(\d+)/.exec(target)?.[1] ?? 200)

const conflict = (id: string) =>
  new HttpError('CONFLICT', `Cannot answer ?id=${id}`, { status: 409 })

/** Heads, lengths and errors of responses. */
export const responses: Pages = {
  '/status': (request, id) => ({
    status: statusOf(request),
    headers: fields({ 'content-type': 'text/plain' }),
    body: unreadBody(id, 'content.'),
  }),

  '/cookies': () => ({
    ...text('content.'),
    headers: fields([
      ['set-cookie', 'a=1; Expires=Wed, 09 Jun 2032 10:18:14 GMT'],
      ['set-cookie', 'b=2'],
    ]),
  }),

  '/length': () => text('content.'),

  '/length-of-stream': (_, id) =>
    counted(
      id,
      async function* () {
        yield 'con'
        yield 'tent.'
      },
      { 'content-type': 'text/plain', 'content-length': '8' },
    ),

  '/length-of-steps': (_, id) =>
    counted(
      id,
      async function* () {
        yield 'con'
        yield notedFlush(id)
        await nextStep(id)
        yield 'tent.'
      },
      { 'content-type': 'text/plain', 'content-length': '8' },
    ),

  '/too-few': (_, id) =>
    counted(
      id,
      async function* () {
        yield 'abc'
        yield notedFlush(id)
        await nextStep(id)
      },
      { 'content-type': 'text/plain', 'content-length': '5' },
    ),

  '/too-many': (_, id) =>
    counted(
      id,
      async function* () {
        yield 'abc'
        yield notedFlush(id)
        await nextStep(id)
        yield 'defgh'
      },
      { 'content-type': 'text/plain', 'content-length': '5' },
    ),

  '/error/handler': (_, id) => {
    throw conflict(id)
  },

  '/error/before': (_, id) =>
    counted(id, async function* () {
      throw conflict(id)
      // biome-ignore lint/correctness/noUnreachable: what makes it a generator
      yield 'never'
    }),

  '/error/after': (_, id) =>
    counted(id, async function* () {
      yield 'first,'
      yield notedFlush(id)
      await nextStep(id)
      throw new Error(`Cannot go on: ?id=${id}`)
    }),

  '/error/at-once': (_, id) =>
    counted(id, async function* () {
      yield 'first,'
      yield notedFlush(id)
      throw new Error(`Cannot go on: ?id=${id}`)
    }),
}
