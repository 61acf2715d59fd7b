import { closeQuietly } from './close-quietly.ts'
import { onAbort } from './on-abort.ts'

/**
 * Reads a source until a signal aborts: then closes the source, and rejects with the reason of the signal.
 *
 * Does not wait for the closing, which may take as long as what the source waits for. Leaves no listener on the signal. If the
 * signal has aborted before the call, `read` is not called.
 */
export const stopOnAbort = <T>(
  signal: AbortSignal,
  source: { close(): void | PromiseLike<void> },
  read: () => Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (reason: unknown) => {
      stopListening()
      closeQuietly(source)
      reject(reason)
    }
    const stopListening = onAbort(signal, stop)
    if (signal.aborted) return stop(signal.reason)
    read().then(
      (value) => {
        stopListening()
        resolve(value)
      },
      (error) => {
        stopListening()
        reject(error)
      },
    )
  })
