import { foundIn, isObject } from '@sluice/body/engine'
import { match } from 'ts-pattern'
import { discardAny } from './discard-any.ts'
import { HttpError } from './http-error.ts'
import { isFields } from './is-fields.ts'

/** What plain JavaScript returns where an `HttpResponse` is wanted. */
type Found =
  | 'nothing'
  | 'text'
  | 'function'
  | 'generator function'
  | 'iterable'
  | 'fetch response'
  | 'other fields'
  | 'no body'
  | 'text as body'
  | 'other body'
  | 'other'

/**
 * Checks what a handler has returned, before a host sends it. TypeScript does; plain JavaScript does not.
 *
 * Looks at the shape alone. Whether the status, the fields and the length can be sent is the host's to check. The body of a
 * response that is refused is closed.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500); the message says what was found, and what to return.
 *
 * @example
 * import { checkResponse, text } from '@sluice/stack'
 *
 * checkResponse(text('hello'))
 */
export const checkResponse = (response: unknown): void => {
  // Every response comes here: no match before it is known to be none.
  if (isResponse(response)) return
  discardAny(response)
  throw new HttpError('RESPONSE_INVALID', `Cannot send the response: found ${sentenceOf(response)}`)
}

/** The error of what plain JavaScript returned in place of a response; `undefined` for a response, or another object that is mapped. */
export const responseMistake = (response: unknown, cause: unknown): HttpError | undefined => {
  if (isResponse(response) || (isObject(response) && kindOf(response) === 'other')) return undefined
  const message = `Cannot use the response: found ${sentenceOf(response)}`
  return new HttpError('RESPONSE_INVALID', message, { cause })
}

const isResponse = (response: unknown): boolean =>
  isObject(response) && isFields(fieldsOf(response)) && isBody(bodyOf(response))

const sentenceOf = (response: unknown): string =>
  match(kindOf(response))
    .with('nothing', () => `${foundIn(response)}, wanted an HttpResponse: does the handler return?`)
    .with('text', () => 'a string, wanted an HttpResponse: use text(), html() or json()')
    .with('function', () => 'a function, wanted an HttpResponse: is it called with its handler?')
    .with(
      'generator function',
      () => 'a generator function, wanted an HttpResponse: call it, and use stream()',
    )
    .with('iterable', () => `${foundIn(response)}, wanted an HttpResponse: use stream()`)
    .with(
      'fetch response',
      () => 'a fetch Response, wanted an HttpResponse: use text(), json() or stream()',
    )
    .with('other fields', () => 'headers that are not Fields: use fields({ … })')
    .with('no body', () => 'no body: use empty()')
    .with('text as body', () => 'a string as its body: use text() or toBody()')
    .with('other body', () => 'something else as its body: use stream() or toBody()')
    .with('other', () => `${foundIn(response)}, wanted an HttpResponse: use text() or json()`)
    .exhaustive()

const kindOf = (response: unknown): Found => {
  if (response === undefined || response === null) return 'nothing'
  if (typeof response === 'string') return 'text'
  if (typeof response === 'function')
    return isGeneratorFunction(response) ? 'generator function' : 'function'
  if (!isObject(response)) return 'other'
  if (Object.prototype.toString.call(response) === '[object Response]') return 'fetch response'
  if (!('headers' in response) && !('body' in response))
    return Symbol.asyncIterator in response || Symbol.iterator in response ? 'iterable' : 'other'
  if (!isFields(fieldsOf(response))) return 'other fields'
  const body = bodyOf(response)
  if (body === undefined || body === null) return 'no body'
  return typeof body === 'string' ? 'text as body' : 'other body'
}

const isGeneratorFunction = (given: object): boolean =>
  Object.prototype.toString.call(given).endsWith('GeneratorFunction]')

const fieldsOf = (response: object): unknown =>
  'headers' in response ? response.headers : undefined

const bodyOf = (response: object): unknown => ('body' in response ? response.body : undefined)

const isBody = (body: unknown): boolean => isObject(body) && Symbol.asyncIterator in body
