import { propertyOf } from '@sluice/body/engine'

/** Deno and Bun send the length of a text or of bytes without a field, and never tell the version of a request. */
export const isDenoOrBun: boolean = 'Deno' in globalThis || 'Bun' in globalThis

const undici: unknown = isDenoOrBun
  ? undefined
  : propertyOf(propertyOf(propertyOf(globalThis, 'process'), 'versions'), 'undici')

/** The version of undici, which is the fetch of Node. `undefined` on other platforms. */
export const undiciVersion: string | undefined = typeof undici === 'string' ? undici : undefined
