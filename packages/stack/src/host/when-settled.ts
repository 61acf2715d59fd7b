/**
 * Calls one of two functions when a promise is settled.
 *
 * A thenable that is not a promise may call back more than once, or throw. `Promise.resolve` makes a promise of it, which takes
 * its first outcome.
 */
export const whenSettled = <T>(
  promise: PromiseLike<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
): void => {
  Promise.resolve(promise).then(fulfilled, rejected)
}

/** Calls `respond` with the response of a handler. What it throws goes to `failed`, as does the rejection of the promise. */
export const whenAnswered = <R>(
  response: PromiseLike<R>,
  respond: (answer: R) => void,
  failed: (error: unknown) => void,
): void =>
  whenSettled(
    response,
    (answer) => {
      try {
        respond(answer)
      } catch (error) {
        failed(error)
      }
    },
    failed,
  )
