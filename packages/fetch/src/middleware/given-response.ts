import { fromPull, pullFrom } from '@sluice/body/engine'
import { fromResponse } from '../from-fetch/from-response.ts'
import { receivedFields, wasDecoded } from '../from-fetch/received-fields.ts'
import { contentLengthOf } from '../to-fetch/content-length.ts'
import { HeaderFields } from '../to-fetch/header-fields.ts'
import type { Frame } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'
import type { FetchHead } from '../to-fetch/fetch-head.ts'

/**
 * A response of the application behind a middleware, as the middleware sees it.
 *
 * Nothing of it is read before the middleware reads it: hosts send a `Response` of a text faster if its body was not asked for.
 */
export class GivenResponse {
  readonly response: Response
  readonly ours: HttpResponse

  constructor(response: Response) {
    this.response = response
    this.ours = {
      status: response.status,
      headers: new HeaderFields(response, receivedFields),
      body: fromPull<Frame>(() => pullFrom(fromResponse(response).body), lengthOf(response)),
    }
  }

  /** Whether the middleware has changed neither the head nor the body. */
  isKept({ status, headers, body }: HttpResponse): boolean {
    const { ours } = this
    return status === ours.status && headers === ours.headers && body === ours.body
  }

  /** The response with another head. */
  with({ status, headers, hasContent }: FetchHead): Response {
    const { body, statusText } = this.response
    return new Response(hasContent ? body : null, {
      status,
      headers,
      ...(status === this.ours.status ? { statusText } : {}),
    })
  }
}

/** The length of what came, unless `fetch` has decoded that. */
const lengthOf = (response: Response): number | undefined =>
  wasDecoded(response) ? undefined : contentLengthOf(response)
