import { HttpError } from '../http-error.ts'

/** What the status of a response says of its content (RFC 9110 6.4.1, 8.6, 15.3.6). */
export type ContentRule =
  | 'may have content'
  | 'has no length'
  | 'has the length 0'
  | 'has the length of a 200'

export const contentRule = (status: number): ContentRule => {
  switch (status) {
    case 204:
      return 'has no length'
    case 205:
      return 'has the length 0'
    case 304:
      return 'has the length of a 200'
    default:
      return 'may have content'
  }
}

/** Checks the `byteLength` of a body: any code may make a body, and it is written into the head. */
export const checkedLength = (length: number | undefined): number | undefined => {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 0)) return length
  throw responseInvalid('a body whose byteLength is not a whole number of 0 or more')
}

/**
 * Checks the content-length that a handler gives. It must be that of the body, except that an empty body may stand for the
 * content in a response to HEAD and in a 304.
 */
export const agreedLength = (
  method: string,
  status: number,
  bodyLength: number | undefined,
  given: string,
): number => {
  const bytes = Number(given)
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(bytes))
    throw responseInvalid(`the content-length ${given}`)
  const omitsContent = bodyLength === 0 && (method === 'HEAD' || status === 304)
  if (bodyLength !== undefined && bodyLength !== bytes && !omitsContent)
    throw responseInvalid(`a content-length of ${bytes} and a body of ${bodyLength} bytes`)
  return bytes
}

/** The error about a response that cannot be sent as its handler gave it. */
export const responseInvalid = (found: string): HttpError =>
  new HttpError('RESPONSE_INVALID', `Cannot send the response: found ${found}`)
