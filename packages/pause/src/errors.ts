import { errorsOf } from '@sluice/body/engine'
import type { MakeError } from '@sluice/body/engine'

const statuses = {
  WAIT_FAILED: 500,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const waitError: MakeError<keyof typeof statuses> = errorsOf(statuses)
