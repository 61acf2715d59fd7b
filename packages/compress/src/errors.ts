import { errorsOf } from '@sluice/body/engine'
import type { MakeError } from '@sluice/body/engine'

const statuses = {
  CODING_INVALID: 400,
  CODING_RATIO: 413,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const codingError: MakeError<keyof typeof statuses> = errorsOf(statuses)
