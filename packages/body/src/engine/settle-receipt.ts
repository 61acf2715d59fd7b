import { acrossCopies } from './across-copies.ts'
import { isPromiseLike } from './pull.ts'
import type { Receipt } from '../frames.ts'

/** Takes the errors of application code that was called from inside a layer. */
export interface ErrorReports {
  report(error: unknown): void
}

type Listener = (error: unknown) => void

/** Shared, since a server may use another copy of this package than the filter that loses a flush. */
const listeners: Set<Listener> = acrossCopies('receiptErrors', () => new Set<Listener>())

/**
 * Calls the receipt of a flush. Call receipts only through this.
 *
 * A receipt is code of the application, and its errors never reach the caller: the body, the other receipts and the closing of
 * the source go on. What a receipt throws, or rejects with, goes to `reports`; if that is not given, to the listeners of
 * `hearReceiptErrors`; if there are none, it is printed.
 *
 * @param lost Why the bytes before the flush will never be sent; `undefined` if they were handed to the kernel.
 * @param reports Takes the error in place of the listeners of `hearReceiptErrors`.
 *
 * @example
 * ```ts
 * import { hearReceiptErrors, settleReceipt } from '@sluice/body/engine'
 *
 * const heard: unknown[] = []
 * const stop = hearReceiptErrors((error) => heard.push(error))
 * settleReceipt(() => {
 *   throw new Error('a mistake')
 * })
 * stop()
 * if (heard.length !== 1) throw new Error('not heard')
 * ```
 */
export const settleReceipt = (
  sent: Receipt | undefined,
  lost?: unknown,
  reports: ErrorReports = everyListener,
): void => {
  if (sent === undefined) return
  try {
    const outcome: unknown = lost === undefined ? sent() : sent(lost)
    // A receipt may be an async function.
    if (isPromiseLike(outcome)) outcome.then(undefined, (error) => reports.report(error))
  } catch (error) {
    reports.report(error)
  }
}

/**
 * Listens for errors that receipts throw when a layer below the server calls them: a body that is read or closed, a filter that
 * joins or drops flushes, `share`. `serve` listens for its `onError`.
 *
 * @returns A function that removes the listener.
 *
 * @example
 * ```ts
 * import { hearReceiptErrors } from '@sluice/body/engine'
 *
 * const stop = hearReceiptErrors((error) => console.warn(error))
 * stop()
 * ```
 */
export const hearReceiptErrors = (listener: (error: unknown) => void): (() => void) => {
  // A function of its own, so that one listener can be given twice.
  const own: Listener = (error) => listener(error)
  listeners.add(own)
  return () => {
    listeners.delete(own)
  }
}

const everyListener: ErrorReports = {
  report(error) {
    if (listeners.size === 0) return print(error)
    for (const listener of listeners) {
      try {
        listener(error)
      } catch (failure) {
        print(failure)
      }
    }
  },
}

/** Printing an error reads its properties, and those may throw. */
const print = (error: unknown): void => {
  try {
    console.error(error)
  } catch {
    // There is nowhere left to report it.
  }
}
