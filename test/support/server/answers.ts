import { silentThenable } from '../bodies/silent-thenable.ts'
import { turn } from '../within.ts'
import type { Given } from '@sluice/filter'

/** The ways in which a step may give one thing. */
export interface AnswerShape {
  readonly name: string
  readonly give: <T>(item: T) => Given<T>
}

/** Every shape of an answer, those that a step may give at once and those that it gives later. */
export const answerShapes: readonly AnswerShape[] = [
  { name: 'at once', give: (item) => item },
  { name: 'an array', give: (item) => [item] },
  { name: 'a Set', give: (item) => new Set([item]) },
  {
    name: 'a generator',
    give: function* (item) {
      yield item
    },
  },
  {
    name: 'an async generator',
    give: async function* (item) {
      await turn()
      yield item
      await turn()
    },
  },
  { name: 'a promise', give: async (item) => item },
  {
    name: 'a late promise',
    give: async (item) => {
      await turn()
      return item
    },
  },
  {
    name: 'a thenable whose then returns nothing',
    give: (item) => silentThenable(turn().then(() => item)),
  },
  { name: 'a promise of an array', give: async (item) => [item] },
  {
    name: 'a promise of an async generator',
    give: async (item) =>
      (async function* () {
        yield item
      })(),
  },
  {
    name: 'a ReadableStream',
    give: (item) =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(item)
          controller.close()
        },
      }),
  },
]
