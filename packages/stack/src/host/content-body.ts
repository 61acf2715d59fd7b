import { fromPull } from '@sluice/body/engine'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/**
 * The body of a request.
 *
 * @param content `undefined` if it has none.
 * @param byteLength That of the content, if it is known.
 */
export const contentBody = <F extends AnyFrame>(
  content: Pull<F> | undefined,
  byteLength: number | undefined,
): Body<F> =>
  content === undefined ? fromPull<F>(startNone, 0) : fromPull(() => content, byteLength)

const none: Pull<never> = { pull: () => undefined, close() {} }
const startNone = () => none
