import { closeBody } from '@sluice/body'
import { closeBodyQuietly, fromPull, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { failAfter } from './close-all.ts'
import { readsDirectly } from './fused-body.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/**
 * Makes sure that a body made of `source` by any function closes `source` exactly once, however the body ends.
 *
 * A generator closes what it iterates, but not if it was never started, if it ends outside its loop, or if it throws before
 * the loop. A filter around such a generator does not close its source either.
 */
export const closeSource = <F extends AnyFrame>(body: Body<F>, source: Body<AnyFrame>): Body<F> =>
  Object.is(body, source) || readsDirectly(body, source)
    ? body
    : fromPull(() => closingPull(start(body, source), source), body.byteLength)

const start = <F extends AnyFrame>(body: Body<F>, source: Body<AnyFrame>): Pull<F> => {
  try {
    return pullFrom(body)
  } catch (error) {
    closeBodyQuietly(source)
    throw error
  }
}

const closingPull = <F extends AnyFrame>(inner: Pull<F>, source: Body<AnyFrame>): Pull<F> => {
  // Does nothing to a source that is being read: its reader closes it.
  const closed = async (): Promise<undefined> => {
    await closeBody(source)
    return undefined
  }
  const failed = (error: unknown) => failAfter(error, closed)
  return {
    pull() {
      try {
        const pulled = inner.pull()
        if (isPromiseLike(pulled))
          return Promise.resolve(pulled).then((frame) => frame ?? closed(), failed)
        return pulled ?? closed()
      } catch (error) {
        return failed(error)
      }
    },
    async close() {
      try {
        await inner.close()
      } finally {
        await closeBody(source)
      }
    },
  }
}
