import { blockingError } from '../errors.ts'
import type { HttpError } from '@sluice/stack'

/** The error of blocked code that needs the event loop, which does not run while it blocks. */
export const wouldWait = (found: string, advice: string): HttpError =>
  blockingError('WOULD_WAIT', `Cannot run the blocking function: found ${found}; ${advice}`)
