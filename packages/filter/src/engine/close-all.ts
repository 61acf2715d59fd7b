import { isPromiseLike } from '@sluice/body/engine'

/**
 * Runs every closing, also after one has failed. Returns a promise only if one of them does.
 *
 * @throws The first error, after all have run.
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
      if (isPromiseLike(outcome)) waits.push(Promise.resolve(outcome).then(undefined, failed))
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
 * Closes, then throws the error; rejects with it if closing has to wait. Errors of closing are ignored: the reader gets the
 * first error.
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
    // The first error is thrown below.
  }
  return closing === undefined ? rethrow() : closing.then(rethrow, rethrow)
}
