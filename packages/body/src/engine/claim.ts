import { BodyError } from '../body-error.ts'
import { acrossCopies } from './across-copies.ts'

/** Generators and streams that are being read, which do not know it themselves. Shared by all copies of this package. */
const claimed = acrossCopies('claimed', () => new WeakSet<object>())

/**
 * Marks a source as being read.
 *
 * @throws {BodyError} `BODY_USED`, when it was marked before.
 */
export const claim = (source: object): void => {
  if (claimed.has(source)) throw bodyUsed()
  claimed.add(source)
}

export const bodyUsed = (cause?: unknown): BodyError =>
  new BodyError(
    'BODY_USED',
    'Cannot read the body: it has been read before, a body has one reader',
    cause === undefined ? undefined : { cause },
  )
