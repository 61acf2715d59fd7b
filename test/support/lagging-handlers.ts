// Handlers that hold the event loop for 60 ms, each in another place.
import { Readable } from 'node:stream'
import { readText } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { filterResponse, stream, text } from '@sluice/stack'
import { hold, sleep } from './held-loop.ts'
import type { LoopLag } from '@sluice/blocking'
import type { Handler } from '@sluice/stack'

const loud = mapText((part) => {
  hold(60)
  return part.toUpperCase()
})

export interface LaggingHandler {
  readonly name: string
  readonly place: LoopLag['place']
  readonly handler: Handler
}

export const laggingHandlers: readonly LaggingHandler[] = [
  {
    name: 'a handler that computes before it returns',
    place: 'call',
    handler: () => {
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes before its first await',
    place: 'call',
    handler: async () => {
      hold(60)
      await sleep()
      return text('done')
    },
  },
  {
    name: 'a body whose sync generator computes',
    place: 'body',
    handler: () =>
      stream(
        (function* () {
          yield 'one'
          hold(60)
          yield 'two'
        })(),
      ),
  },
  {
    name: 'a body whose async generator computes before it awaits',
    place: 'body',
    handler: () =>
      stream(
        (async function* () {
          yield 'one'
          hold(60)
          yield 'two'
        })(),
      ),
  },
  {
    name: 'a body whose filter computes on a frame that is there',
    place: 'body',
    handler: () => filterResponse(text('loud'), loud),
  },
  {
    name: 'a body whose filter computes on a frame that is awaited',
    place: 'callback',
    handler: () =>
      filterResponse(
        stream(
          (async function* () {
            await sleep()
            yield 'loud'
          })(),
        ),
        loud,
      ),
  },
  {
    name: 'a body whose async generator computes after an await',
    place: 'callback',
    handler: () =>
      stream(
        (async function* () {
          await sleep()
          hold(60)
          yield 'done'
        })(),
      ),
  },
  {
    name: 'an async handler that computes after the await of a timer',
    place: 'callback',
    handler: async () => {
      await sleep()
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes after it has read the body',
    place: 'callback',
    handler: async ({ body }) => {
      await readText(body)
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes after the await of a promise',
    place: 'callback',
    handler: async () => {
      await undefined
      hold(60)
      return text('done')
    },
  },
  {
    name: 'an async handler that computes in many microtasks in a row',
    place: 'callback',
    handler: async () => {
      for (let i = 0; i < 12; i++) {
        await undefined
        hold(5)
      }
      return text('done')
    },
  },
  {
    name: 'a handler that computes in a timer',
    place: 'callback',
    handler: () =>
      new Promise((resolve) => {
        setTimeout(() => {
          hold(60)
          resolve(text('done'))
        }, 1)
      }),
  },
  {
    name: 'a handler that computes in an immediate',
    place: 'callback',
    handler: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          hold(60)
          resolve(text('done'))
        })
      }),
  },
  {
    name: 'a handler that computes in an event of a stream',
    place: 'callback',
    handler: () =>
      new Promise((resolve) => {
        Readable.from(['one']).on('data', () => {
          hold(60)
          resolve(text('done'))
        })
      }),
  },
]
