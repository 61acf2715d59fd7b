import { foundIn, isObject, propertyOf } from '@sluice/body/engine'

const parts = ['headers', 'body', 'client'] as const

/**
 * Checks what a handler is called with. Hosts call it with a request; a test in plain JavaScript may call it with something else.
 *
 * @throws {TypeError} The message says what was found.
 */
export const checkHttpRequest = (request: unknown): void => {
  if (!isObject(request)) throw mistake(foundIn(request))
  for (const name of parts) {
    const part = propertyOf(request, name)
    if (!isObject(part)) throw mistake(`${foundIn(part)} as its ${name}`)
    if (name === 'client' && !('signal' in part)) throw mistake('a client without a signal')
  }
}

const mistake = (found: string): TypeError =>
  new TypeError(`Cannot use the request: found ${found}, wanted that of a host, or request()`)
