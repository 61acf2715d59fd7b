import { BodyError } from '@sluice/body'
import { hasKind, pullFrom } from '@sluice/body/engine'
import type { AnyFrame, Body } from '@sluice/body'
import type { Script } from './script.ts'

/** One reading of a body, by the pull protocol or by its async iterator. */
export interface Reading {
  next(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined>
  leave(): void | PromiseLike<unknown>
}

export const openReading = (body: Body<AnyFrame>, reader: Script['reader']): Reading =>
  reader === 'pull' ? byPull(body) : byIterator(body)

const byPull = (body: Body<AnyFrame>): Reading => {
  const source = pullFrom(body)
  return { next: () => source.pull(), leave: () => source.close() }
}

const byIterator = (body: Body<AnyFrame>): Reading => {
  const iterator = body[Symbol.asyncIterator]()
  return {
    async next() {
      const { done, value } = await iterator.next()
      if (done === true) return undefined
      if (hasKind(value)) return value
      throw new BodyError(
        'BODY_INVALID',
        `Cannot read the body: found ${typeof value}, wanted a frame`,
      )
    },
    leave: () => iterator.return?.(),
  }
}
