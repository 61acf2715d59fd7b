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

/**
 * Checks the method of a Request that was just made. Bun makes GET of methods that it does not know.
 *
 * @throws {HttpError} `NOT_IMPLEMENTED` (501) if it is another one.
 */
export const checkMethod = (made: Request, method: string): void => {
  if (made.method === method) return
  throw new HttpError(
    'NOT_IMPLEMENTED',
    `Cannot make a Request: found the method ${method}, of which the platform makes ${made.method}`,
  )
}

/** https://fetch.spec.whatwg.org/#forbidden-method */
const forbidden: readonly string[] = ['CONNECT', 'TRACE', 'TRACK']

/** https://fetch.spec.whatwg.org/#concept-method-normalize */
const normalized: readonly string[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']
