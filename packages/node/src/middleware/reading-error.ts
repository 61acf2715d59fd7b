import { answerError } from '@sluice/stack'

/** The error that an application gets from `req`. Frameworks read `status`, or `statusCode`, or both. */
export const readingError = (thrown: unknown): Error => {
  const error =
    thrown instanceof Error // error handling
      ? thrown
      : new Error('Cannot read the request', { cause: thrown })
  if ('status' in error && !('statusCode' in error) && Object.isExtensible(error))
    Object.defineProperty(error, 'statusCode', {
      configurable: true,
      writable: true,
      value: answerError(error).status,
    })
  return error
}
