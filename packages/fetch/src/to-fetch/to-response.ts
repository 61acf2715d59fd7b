import { closeBodyQuietly, pullFrom } from '@sluice/body/engine'
import { checkResponse } from '@sluice/stack'
import { Chunks } from './chunks.ts'
import { fetchHead, streamHead } from './fetch-head.ts'
import { streamedResponse, wholeContent, wholeResponse } from './response-of.ts'
import { noEvents, streamOf } from './to-readable-stream.ts'
import type { HttpResponse } from '@sluice/stack'

export interface ToResponseOptions {
  /** The method of the request: `GET` by default. A response to `HEAD` has no content. */
  readonly method?: string
}

/**
 * A fetch `Response` from a response of ours.
 *
 * Content that is a value becomes the body of the response at once. Any other becomes a stream, as by `toReadableStream`: an error of
 * the body is then an error of the stream, also before the first byte. `toFetch` answers such an error instead.
 *
 * Fields of the connection, such as `transfer-encoding`, are left out.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500), at the call, if the response cannot be sent. Its body is closed.
 * @throws {BodyError} `BODY_USED` (500), at the call, if the body has been read before.
 *
 * @example
 * ```ts
 * import { toResponse } from '@sluice/fetch'
 * import { json } from '@sluice/stack'
 *
 * const response = toResponse(json({ tea: 'Assam' }))
 * if (response.headers.get('content-type') !== 'application/json') throw new Error('untyped')
 * ```
 */
export const toResponse = (
  response: HttpResponse,
  { method = 'GET' }: ToResponseOptions = {},
): Response => {
  checkResponse(response)
  try {
    const head = fetchHead(method, response)
    if (!head.hasContent) {
      closeBodyQuietly(response.body)
      return wholeResponse(head, undefined)
    }
    const source = pullFrom(response.body)
    const whole = wholeContent(head, source)
    if (whole !== undefined) return wholeResponse(head, whole)
    const begun = streamHead(head, response.body, source)
    return streamedResponse(begun, streamOf(new Chunks(source, begun.length), noEvents))
  } catch (error) {
    closeBodyQuietly(response.body)
    throw error
  }
}
