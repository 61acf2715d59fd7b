import { isObject, isPromiseLike } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'
import type { HttpError } from '@sluice/stack'

/** The error of blocked code that needs the event loop, which does not run while it blocks. */
export const wouldWait = (found: string, advice: string): HttpError =>
  blockingError('WOULD_WAIT', `Cannot run the blocking function: found ${found}; ${advice}`)

/** The advice to a function that does not return at once. */
export const beSynchronous = 'the function must be synchronous: it runs where it may block'

/** @throws {HttpError} `WOULD_WAIT` if a value comes later. */
export const refusePromise = (value: unknown): void => {
  if (!isPromiseLike(value)) return
  // Its rejection would end the thread.
  value.then(undefined, () => {})
  throw wouldWait('a promise', beSynchronous)
}

/** @throws {HttpError} `WOULD_WAIT` if a value, or what it consists of, comes later. */
export const refuseLater = (value: unknown): void => {
  refusePromise(value)
  if (isAsyncIterable(value)) throw wouldWait('an async iterable', beSynchronous)
}

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  isObject(value) && Symbol.asyncIterator in value
