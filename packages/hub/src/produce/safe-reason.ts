import { propertyOf } from '@sluice/body/engine'

const unsafe = 'the source failed'

/** What clients may know of an error: its message if it says `expose: true`, as an `HttpError` under 500 does. Never throws. */
export const safeReason = (error: unknown): string => {
  try {
    const message = propertyOf(error, 'expose') === true ? propertyOf(error, 'message') : undefined
    return typeof message === 'string' && message !== '' ? message : unsafe
  } catch {
    // Its getters throw, or it is a proxy that does.
    return unsafe
  }
}
