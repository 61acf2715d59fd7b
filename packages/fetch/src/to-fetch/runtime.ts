import { propertyOf } from '@sluice/body/engine'

/** Deno and Bun send the length of a text or of bytes without a field, and never tell the version of a request. */
export const isDenoOrBun: boolean = 'Deno' in globalThis || 'Bun' in globalThis

/** Whether undici makes the streams of responses. Node tells its version. */
export const hasUndici: boolean =
  !isDenoOrBun &&
  propertyOf(propertyOf(propertyOf(globalThis, 'process'), 'versions'), 'undici') !== undefined
