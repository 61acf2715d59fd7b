import { httpErrorsOf } from '@sluice/stack'
import type { MakeHttpError } from '@sluice/stack'

const statuses = {
  REQUEST_LINE_INVALID: 400,
  FIELD_INVALID: 400,
  TARGET_TOO_LONG: 414,
  HEAD_TOO_LARGE: 431,
  TOO_MANY_FIELDS: 431,
  VERSION_UNSUPPORTED: 505,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const serverError: MakeHttpError<keyof typeof statuses> = httpErrorsOf(statuses)
