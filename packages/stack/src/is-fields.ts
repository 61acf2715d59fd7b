import type { Fields } from '@sluice/body'

/** By shape: `Fields` of another copy of `@sluice/body` are accepted, the `Headers` of fetch and plain objects are not. */
export const isFields = (headers: unknown): headers is Fields =>
  typeof headers === 'object' &&
  headers !== null &&
  'without' in headers &&
  Symbol.iterator in headers
