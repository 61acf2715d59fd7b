import { fromPull } from './engine/pull.ts'
import type { Pull } from './engine/pull.ts'
import type { AnyFrame, Body, Data, Trailers } from './frames.ts'

/** The rest of a body that was read in part: frames that were pulled before, then those of its source. */
export const restOf = <F extends AnyFrame>(
  before: (Data | Trailers)[],
  source: Pull<F>,
  byteLength: number | undefined,
): Body<F | Data | Trailers> =>
  fromPull<F | Data | Trailers>(
    () => ({
      pull: () => before.shift() ?? source.pull(),
      close() {
        before.length = 0
        return source.close()
      },
    }),
    byteLength,
  )

/** A source that has failed: throws its error, once. */
export const failedPull = (error: unknown): Pull<never> => {
  let told = false
  return {
    pull() {
      if (told) return undefined
      told = true
      throw error
    },
    close() {
      told = true
    },
  }
}
