/** A promise with its ends, until every Node we run on has `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

export const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

/** Marks a promise as one that may be left alone: its rejection is no uncaught one. */
export const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.then(undefined, () => {})
  return promise
}
