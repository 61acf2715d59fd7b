import { isPromiseLike } from '@sluice/body/engine'

/**
 * Runs every closing, also after one has failed; gives a promise only when one of them does.
 *
 * @throws Whatever the first that failed threw or rejected with, after all have run.
 */
export const closeAll = (
  closings: readonly (() => unknown)[],
): undefined | PromiseLike<undefined> => {
  const failures: { readonly error: unknown }[] = []
  const waits: PromiseLike<unknown>[] = []
  const failed = (error: unknown) => {
    failures.push({ error })
  }
  for (const closing of closings) {
    try {
      const outcome = closing()
      if (isPromiseLike(outcome)) waits.push(outcome.then(undefined, failed))
    } catch (error) {
      failed(error)
    }
  }
  const outcome = () => {
    const [first] = failures
    if (first !== undefined) throw first.error
    return undefined
  }
  return waits.length === 0 ? outcome() : Promise.all(waits).then(outcome)
}

/**
 * Closes, then gives the error to the reader: at once, or when closing has to wait, in a promise. What closing throws is
 * not told: the reader is told the first error.
 */
export const failAfter = (
  error: unknown,
  close: () => undefined | PromiseLike<undefined>,
): PromiseLike<never> => {
  const rethrow = () => {
    throw error
  }
  let closing: undefined | PromiseLike<undefined>
  try {
    closing = close()
  } catch {
    // The first error is on its way.
  }
  return closing === undefined ? rethrow() : closing.then(rethrow, rethrow)
}
