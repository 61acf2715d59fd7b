import { untyped } from './untyped.ts'

/** A thenable as code with callbacks makes it: `await` takes it, but its `then` returns nothing. */
export const silentThenable = <T>(promise: Promise<T>): PromiseLike<T> => {
  const then: PromiseLike<T>['then'] = untyped(
    (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
      promise.then(resolve, reject)
    },
  )
  return { then }
}
