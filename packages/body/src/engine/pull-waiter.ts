import type { AnyFrame } from '../frames.ts'
import type { Pulled, PullNext } from './pull.ts'

// For a source that offers `pullThen` and answers later, by a callback: one promise for each wait, and no closure.

/** A pull that waits, and its continuation if it came by `pullThen`. */
export interface PullWaiter<F extends AnyFrame> {
  readonly resolve: (frame: Pulled<F>) => void
  readonly reject: (error: unknown) => void
  readonly next: PullNext<F> | undefined
}

/** Answers a pull that waits. The continuation runs at once. */
export const answerPull = <F extends AnyFrame>(
  { resolve, reject, next }: PullWaiter<F>,
  frame: F | undefined,
): void => {
  if (next === undefined) return resolve(frame)
  try {
    resolve(next.arrived(frame))
  } catch (error) {
    reject(error)
  }
}

/** Fails a pull that waits. The continuation runs at once. */
export const failPull = <F extends AnyFrame>(
  { resolve, reject, next }: PullWaiter<F>,
  error: unknown,
): void => {
  if (next === undefined) return reject(error)
  try {
    resolve(next.failed(error))
  } catch (thrown) {
    reject(thrown)
  }
}

/** A promise, followed by the continuation if there is one. */
export const continuePull = <F extends AnyFrame>(
  frame: Promise<F | undefined>,
  next: PullNext<F> | undefined,
): Pulled<F> =>
  next === undefined
    ? frame
    : frame.then(
        (arrived) => next.arrived(arrived),
        (error) => next.failed(error),
      )
