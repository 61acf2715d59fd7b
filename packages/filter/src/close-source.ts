import { closeBody, fromPull, isPromiseLike, pullFrom, pulling } from '@sluice/body'
import type { AnyFrame, Body, Pull } from '@sluice/body'

/**
 * Sees to it that a body made of `source` by a plain function closes `source` however it ends.
 *
 * A generator closes what it iterates. One that was never started, or ends outside its loop, does not.
 */
export const closeSource = <F extends AnyFrame>(body: Body<F>, source: Body<AnyFrame>): Body<F> =>
  // A body with the pull protocol is told when it is closed unread, and sees to it by itself.
  pulling in body ? body : fromPull(() => closingPull(pullFrom(body), source), body.byteLength)

const closingPull = <F extends AnyFrame>(inner: Pull<F>, source: Body<AnyFrame>): Pull<F> => {
  // Does nothing to a source that was read: whoever reads it closes it.
  const ended = async (): Promise<undefined> => {
    await closeBody(source)
    return undefined
  }
  const failed = async (error: unknown): Promise<never> => {
    await closeBody(source).catch(() => {})
    throw error
  }
  return {
    pull() {
      const pulled = inner.pull()
      return isPromiseLike(pulled) ? pulled.then((frame) => frame ?? ended(), failed) : pulled
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
