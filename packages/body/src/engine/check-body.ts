import { foundIn, isObject } from '../kinds.ts'

/**
 * Checks a body that is to be read. TypeScript does; plain JavaScript does not.
 *
 * @throws {TypeError} If it is not one; the message says what to use.
 */
export const checkBody = (body: unknown): void => {
  if (isObject(body) && Symbol.asyncIterator in body) return
  throw new TypeError(`Cannot read the body: found ${sentenceOf(body)}`)
}

const sentenceOf = (body: unknown): string =>
  isObject(body) && 'headers' in body && 'body' in body
    ? 'a response or a request, wanted a body: use its body'
    : `${foundIn(body)}, wanted a body: use toBody()`
