import { httpErrorsOf } from '@sluice/stack'
import type { MakeHttpError } from '@sluice/stack'

const statuses = {
  BODY_CONSUMED: 500,
  NEXT_TWICE: 500,
  REQUEST_UNKNOWN: 500,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const nodeError: MakeHttpError<keyof typeof statuses> = httpErrorsOf(statuses)
