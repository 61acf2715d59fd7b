import { BodyError } from '@sluice/body'
import { HttpError } from '../http-error.ts'

// The errors that every host makes.

/** The signal of a client that has closed its half, or whose connection has failed. */
export const clientGone = (cause?: unknown): BodyError =>
  new BodyError(
    'READER_GONE',
    'Cannot go on: the client has gone',
    cause === undefined ? {} : { cause },
  )

/** The signal, and the unread content, of a request whose response is complete. */
export const requestOver = (): BodyError =>
  new HttpError('REQUEST_OVER', 'Cannot go on: the request is over')

export const flushLost = (): BodyError =>
  new BodyError('FLUSH_LOST', 'Cannot send the flush: the connection ended before it')
