import { deferred, quiet } from './deferred.ts'
import type { Flush } from '../frames.ts'

/** A flush without a receipt: one frozen frame for all bodies. */
export const plainFlush: Flush = Object.freeze({ kind: 'flush' })

/** Makes a flush whose receipt settles a promise. Nothing need await that: its rejection is never unhandled. */
export const flushWithPromise = (): { readonly frame: Flush; readonly sent: Promise<void> } => {
  const { promise, resolve, reject } = deferred<void>()
  return {
    frame: { kind: 'flush', sent: (lost) => (lost === undefined ? resolve() : reject(lost)) },
    sent: quiet(promise),
  }
}

/** The kinds before which every layer sends what it holds. */
export const releasesHeld: ReadonlySet<string> = new Set(['flush', 'pause', 'trailers'])
