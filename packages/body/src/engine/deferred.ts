/** A promise and the functions that settle it. Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

export const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = nothing
  let reject: (reason: unknown) => void = nothing
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

/** Adds a handler to a promise that this code has made: callers may ignore it, and no rejection of it is unhandled. */
export const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.then(undefined, nothing)
  return promise
}

/** Does nothing. */
export const nothing = (): void => {}
