import { errorsOf } from '@sluice/body/engine'
import type { MakeError } from '@sluice/body/engine'

const statuses = {
  ENGINE_FAILED: 503,
  ENGINE_TIMEOUT: 503,
  HUB_CLOSED: 503,
  TOPIC_ENDED: 409,
  TOPIC_INVALID: 400,
  ENTRY_TOO_LARGE: 413,
  APPEND_EXCESS: 503,
  LEASE_LOST: 409,
  PAUSE_REPLACED: 409,
  READERS_GONE: 503,
  BODY_LOST: 410,
  BODY_FAILED: 502,
  RECORD_INVALID: 500,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const hubError: MakeError<keyof typeof statuses> = errorsOf(statuses)
