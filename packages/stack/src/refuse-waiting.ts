import { isAsyncFunction, nameOfPart } from '@sluice/body/engine'
import type { Part, Traits } from '@sluice/body/engine'
import type { FoundPart } from './find-part.ts'

/**
 * Refuses an async function in a stack with a part that blocks. They cannot run in one place: blocked code does not wait for a promise,
 * and the event loop must not be blocked.
 *
 * @param layer The handler, or what a middleware makes of it.
 * @param at The part that `layer` is of.
 * @throws {TypeError} The message names both parts, and says what to do.
 */
export const refuseWaiting = (
  layer: unknown,
  at: Part | undefined,
  blocking: FoundPart | undefined,
): void => {
  if (at === undefined || blocking === undefined || !isAsyncFunction(layer)) return
  const { name, stated } = blocking
  const states = `states mode: '${stated.mode}', and blocked code does not wait for a promise`
  const found = name === nameOfPart(at) ? `that ${states}` : `beside ${name}, which ${states}`
  throw new TypeError(
    `Cannot stack ${nameOfPart(at)}: found an async function ${found}: ${toDo(stated.mode)}`,
  )
}

const toDo = (mode: Traits['mode'] | undefined): string =>
  mode === 'process'
    ? 'stack a handler that runs that part in another process, as cgi() of @sluice/blocking/cgi'
    : 'stack what blocking() of @sluice/blocking makes of the part that blocks'
