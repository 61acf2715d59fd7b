import { errorsOf } from '@sluice/body/engine'
import type { MakeError } from '@sluice/body/engine'

const statuses = {
  WRITE_AFTER_END: 500,
  WRITE_EXCESS: 500,
  /** Not `BODY_TOO_LARGE`, a 413: the client did not make the response. */
  RESPONSE_TOO_LARGE: 500,
  SOURCE_CLOSED: 503,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const bufferingError: MakeError<keyof typeof statuses> = errorsOf(statuses)
