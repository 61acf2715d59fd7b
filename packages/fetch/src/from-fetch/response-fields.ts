import { HttpError } from '@sluice/stack'
import { LazyHeaders } from './lazy-headers.ts'
import type { Fields } from '@sluice/body'

/**
 * The fields of a response, without those that mean nothing on another connection (RFC 9110 7.6.1). `streamText` of Hono sets one.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500) if HTTP does not allow a value: `Headers` allow control characters.
 */
export const responseFields = (headers: Headers): Fields => {
  try {
    return withoutHops(LazyHeaders.fieldsOf(headers))
  } catch (cause) {
    const message = 'Cannot read the response: found a field that HTTP does not allow'
    throw new HttpError('RESPONSE_INVALID', message, { cause })
  }
}

export const withoutHops = (list: Fields): Fields =>
  list.without('transfer-encoding').without('keep-alive').without('proxy-connection')
