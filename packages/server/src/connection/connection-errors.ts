import { BodyError } from '@sluice/body'
import { HttpError } from '@sluice/stack'

// The errors that a connection makes.

export const requestTimedOut = (part: string): HttpError =>
  new HttpError('REQUEST_TIMEOUT', `Cannot read the request: ${part} took too long to come`)

export const foundAnotherRequest = (): BodyError =>
  new BodyError('BODY_INVALID', 'Cannot read the content: found another request in it')

export const contentUnread = (): HttpError =>
  new HttpError(
    'RESPONSE_INVALID',
    'Cannot let the connection be taken over: found content that has not come, wanted it read',
  )

export const pausedTooLong = (ms: number): BodyError =>
  new BodyError('TIMED_OUT', `Cannot send the body: it paused for more than ${ms} ms`)
