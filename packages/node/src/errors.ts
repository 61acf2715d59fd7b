import { httpErrorsOf } from '@sluice/stack'
import type { MakeHttpError } from '@sluice/stack'

const statuses = {
  NEXT_TWICE: 500,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const nodeError: MakeHttpError<keyof typeof statuses> = httpErrorsOf(statuses)
