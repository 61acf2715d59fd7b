import { propertyOf } from './property-of.ts'

/**
 * Whether a callback that one request has scheduled is called after that request is over.
 *
 * Not in Cloudflare Workers: timers end with their request, and a promise must not be settled by another one. What several requests
 * share must not wait for either.
 */
export const timersOutliveRequests: boolean =
  propertyOf(propertyOf(globalThis, 'navigator'), 'userAgent') !== 'Cloudflare-Workers'

/** Deno and Bun send the length of a text or of bytes without a field, and never tell the version of a request. */
export const isDenoOrBun: boolean = 'Deno' in globalThis || 'Bun' in globalThis

const undici: unknown = isDenoOrBun
  ? undefined
  : propertyOf(propertyOf(propertyOf(globalThis, 'process'), 'versions'), 'undici')

/** The version of undici, which is the fetch of Node. `undefined` on other platforms. */
export const undiciVersion: string | undefined = typeof undici === 'string' ? undici : undefined
