import { newestPlace, oldestPlace } from './resume.ts'
import type { LogState } from '../engine/engine.ts'
import type { Place } from './entry-id.ts'

/** Where a reader begins: after a place, which is `undefined` if the id was malformed, or at an end of the log. */
export type Beginning =
  | { readonly kind: 'after'; readonly place: Place | undefined }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'now' }

/** Larger than every sequence number: reads the state alone. */
const afterAll = Number.MAX_SAFE_INTEGER

/** The sequence number after which the engine is read to find the beginning. */
export const seqBefore = (beginning: Beginning): number => {
  switch (beginning.kind) {
    case 'after':
      return beginning.place?.seq ?? 0
    case 'oldest':
      return 0
    case 'now':
      return afterAll
  }
}

/** The place that a beginning is in a log. `undefined` if the id was malformed. */
export const placeOf = (beginning: Beginning, state: LogState): Place | undefined => {
  switch (beginning.kind) {
    case 'after':
      return beginning.place
    case 'oldest':
      return oldestPlace(state)
    case 'now':
      return newestPlace(state)
  }
}
