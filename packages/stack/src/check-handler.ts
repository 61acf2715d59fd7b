import { foundIn, isPromiseLike } from '@sluice/body/engine'
import { match } from 'ts-pattern'
import { checkRunsHere } from './check-runs-here.ts'

/** What plain JavaScript gives where a function is wanted. */
type Found = 'promise' | 'response' | 'request' | 'other'

/**
 * Checks a handler that a host is given: that it is a function, and that the host can run all its parts.
 *
 * A host runs a handler on its event loop, for several requests at once. It cannot run a part whose traits state another `mode` than
 * `async`, or `reentrant: false`. What carries no traits is not refused.
 *
 * @throws {TypeError} If not. The message says what was found, names the part of a stack, and says what to do.
 *
 * @example
 * import { checkHandler, text } from '@sluice/stack'
 *
 * checkHandler(() => text('hello'))
 */
export const checkHandler = (handler: unknown): void => {
  checkFunction(handler, 'use the handler')
  checkRunsHere(handler, 'the handler')
}

/** @param act What cannot be done, such as `stack middleware 2`. */
export const checkFunction = (found: unknown, act: string): void => {
  if (typeof found === 'function') return
  throw new TypeError(`Cannot ${act}: found ${sentenceOf(found)}`)
}

const sentenceOf = (found: unknown): string =>
  match(kindOf(found))
    .with('promise', () => 'a promise, wanted a function: await it first')
    .with('response', () => 'a response, wanted a function: give the handler without calling it')
    .with('request', () => 'a request, wanted a function: first call the stack with its handler')
    .with('other', () => `${foundIn(found)}, wanted a function`)
    .exhaustive()

const kindOf = (found: unknown): Found => {
  if (isPromiseLike(found)) return 'promise'
  if (typeof found !== 'object' || found === null || !('headers' in found)) return 'other'
  if ('status' in found) return 'response'
  return 'target' in found ? 'request' : 'other'
}
