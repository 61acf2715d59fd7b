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

/** @param found `more` or `fewer`. */
export const lengthMismatch = (found: string): BodyError =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot send the body: found ${found} bytes than its length says`,
  )

/** The error about fields that only the host may set. It is for `onError`, since the response is sent without them. */
export const droppedFields = (names: readonly string[]): HttpError =>
  new HttpError(
    'RESPONSE_INVALID',
    `Cannot send ${names.join(', ')}: found fields of the connection, which the server sets itself`,
  )
