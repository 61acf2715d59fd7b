import { closeBodyQuietly } from '@sluice/body/engine'
import type { AnyFrame, Body } from '@sluice/body'

/**
 * Closes the body of a response that will not be sent, because another one takes its place.
 *
 * A server closes only the body of the response that it gets: without this, a file or a query behind the old body stays open.
 * Do not use it if the new body reads the old one. Does nothing to a body that is being read. Closing begins at the call; the
 * promise is for callers that want to wait, and never rejects: errors of closing are ignored.
 *
 * @example
 * import { discard, mapResponse, text, type PassingMiddleware } from '@sluice/stack'
 *
 * export const ownNotFound: PassingMiddleware = (next) => (request) =>
 *   mapResponse(next(request), (response) => {
 *     if (response.status !== 404) return response
 *     discard(response)
 *     return text('There is no such page here.', { status: 404 })
 *   })
 */
export const discard = ({ body }: { readonly body: Body<AnyFrame> }): Promise<void> =>
  closeBodyQuietly(body)
