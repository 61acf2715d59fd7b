import { propertyOf } from '@sluice/body/engine'

/** What clients may know of an error: its message if it says `expose: true`, as an `HttpError` under 500 does. */
export const safeReason = (error: unknown): string => {
  const message = propertyOf(error, 'expose') === true ? propertyOf(error, 'message') : undefined
  return typeof message === 'string' && message !== '' ? message : 'the source failed'
}
