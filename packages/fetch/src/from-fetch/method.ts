import { HttpError } from '@sluice/stack'

/**
 * A method as a Request has it: fetch makes six names upper case.
 *
 * @throws {HttpError} `NOT_IMPLEMENTED` (501) for CONNECT, TRACE and TRACK, which a Request cannot have.
 */
export const fetchMethod = (method: string): string => {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'POST':
    case 'PUT':
    case 'DELETE':
    case 'OPTIONS':
    case 'PATCH':
      return method
  }
  const upper = method.toUpperCase()
  if (forbidden.includes(upper))
    throw new HttpError('NOT_IMPLEMENTED', `Cannot make a Request: found the method ${upper}`)
  return normalized.includes(upper) ? upper : method
}

/** https://fetch.spec.whatwg.org/#forbidden-method */
const forbidden: readonly string[] = ['CONNECT', 'TRACE', 'TRACK']

/** https://fetch.spec.whatwg.org/#concept-method-normalize */
const normalized: readonly string[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']
