import { errorsOf } from '@sluice/body/engine'
import type { MakeError } from '@sluice/body/engine'

const statuses = {
  CHUNK_INVALID: 400,
  CHUNK_LINE_TOO_LONG: 400,
  CHUNK_OVERHEAD: 413,
  TRAILERS_INVALID: 400,
  TRAILERS_TOO_LARGE: 431,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const chunkedError: MakeError<keyof typeof statuses> = errorsOf(statuses)
