import { listMembers } from '@sluice/body/engine'
import { decodedCodings } from './decoded-codings.ts'
import { responseFields } from './response-fields.ts'
import type { Fields } from '@sluice/body'

/**
 * The fields that are true of the body of a response.
 *
 * What `fetch` gives is decoded, and still has the `content-encoding` and the `content-length` of what came.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500), as `responseFields`.
 */
export const receivedFields = (response: Response): Fields => {
  const list = responseFields(response.headers)
  return wasDecoded(response) ? list.without('content-encoding').without('content-length') : list
}

/** Only a response that came by `fetch` has a URL. */
export const wasDecoded = (response: Response): boolean => {
  if (response.url === '') return false
  const codings = listMembers(response.headers.get('content-encoding') ?? '')
  return (
    codings.length > 0 &&
    codings.every((coding) => decodedCodings.includes(coding)) &&
    response.body !== null
  )
}
