import { closeQuietly, isObject, leaveStream, leavingOf, propertyOf } from '@sluice/body/engine'
import { discard } from './discard.ts'
import type { AnyFrame, Body } from '@sluice/body'

/** Closes the body of anything that may be a response, a fetch `Response` by mistake too. */
export const discardAny = (response: unknown): void => {
  if (isFetchResponse(response)) leave(response)
  else if (hasBody(response)) discard(response)
}

const hasBody = (response: unknown): response is { readonly body: Body<AnyFrame> } =>
  isObject(propertyOf(response, 'body'))

const isFetchResponse = (response: unknown): response is Response =>
  Object.prototype.toString.call(response) === '[object Response]'

/** Not every stream of a `Response` can be cancelled: see `leaveStream`. */
const leave = (response: Response): void => {
  const { body } = response
  if (body === null || body.locked) return
  closeQuietly({ close: () => leaveStream(body.getReader(), leavingOf(response)) })
}
