import { wouldWait } from './worker/would-wait.ts'

/** On the global object: the worker and the module that it runs may have copies of this package of their own. */
const threadKey: unique symbol = Symbol.for('sluice.blockingThread')

/** Marks this thread as one of a pool's. */
export const markThread = (): void => {
  Object.defineProperty(globalThis, threadKey, { value: true, configurable: true })
}

/**
 * Refuses to wait for a pool on a thread of a pool. Blocked code has no event loop that could bring it the result, and a thread that waits
 * for a thread of its own pool may wait for itself.
 *
 * Not for every worker thread: an application may run in one.
 *
 * @throws {HttpError} `WOULD_WAIT`.
 */
export const refuseOnThread = (what: string): void => {
  if (threadKey in globalThis)
    throw wouldWait(`${what} on a worker thread`, 'call the function directly: it may block here')
}
