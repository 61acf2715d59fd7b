import { propertyOf } from '@sluice/body/engine'
import { httpErrorsOf } from '@sluice/stack'
import type { HttpError, MakeHttpError } from '@sluice/stack'

const statuses = {
  CGI_BUSY: 503,
  CGI_FAILED: 502,
  CGI_HEAD_INVALID: 502,
  CGI_TIMEOUT: 504,
  CLIENT_TIMEOUT: 408,
  VALUE_NOT_CLONEABLE: 500,
  WORKER_BUSY: 503,
  WORKER_DIED: 502,
  WORKER_MODULE_INVALID: 500,
  WORKER_RESULT_INVALID: 500,
  WORKER_TIMEOUT: 504,
  WOULD_WAIT: 500,
} as const

/** The errors of this package; `packages/stack/ERRORS.md` says when each is thrown. */
export const blockingError: MakeHttpError<keyof typeof statuses> = httpErrorsOf(statuses)

/** The error of a wait for a client that neither sends nor takes anything. */
export const clientTimeout = (act: string, idleTimeoutMs: number): HttpError =>
  blockingError('CLIENT_TIMEOUT', `Cannot ${act}: the client did nothing for ${idleTimeoutMs} ms`)

/** The error of a value that cannot go to the other thread. @param cause That of the structured clone, which names the value. */
export const notCloneable = (act: string, cause: unknown): HttpError =>
  blockingError('VALUE_NOT_CLONEABLE', `Cannot ${act}: found ${propertyOf(cause, 'message')}`, {
    cause,
  })

/** Whether a structured clone has failed. A port among the values has an error of its own, since it must be transferred. */
export const isCloneError = (error: unknown): boolean =>
  propertyOf(error, 'name') === 'DataCloneError' ||
  propertyOf(error, 'code') === 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST'
