import { propertyOf } from './property-of.ts'

/**
 * Whether a callback that one request has scheduled is called after that request is over.
 *
 * Not in Cloudflare Workers: timers end with their request, and a promise must not be settled by another one. What several requests
 * share must not wait for either.
 */
export const timersOutliveRequests: boolean =
  propertyOf(propertyOf(globalThis, 'navigator'), 'userAgent') !== 'Cloudflare-Workers'
