/**
 * A signal that aborts with the first of others, or after a time.
 *
 * `AbortSignal.any` of `AbortSignal.timeout` would do. But Node 20 may collect both as garbage while something waits for them
 * (nodejs/node#57736), and then nothing ends.
 */
export const firstAbort = (signals: readonly AbortSignal[], afterMs?: number): AbortSignal => {
  const first = new AbortController()
  const abort = () => first.abort()
  const timer = afterMs === undefined ? undefined : setTimeout(abort, afterMs)
  for (const signal of signals) {
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true, signal: first.signal })
  }
  first.signal.addEventListener('abort', () => clearTimeout(timer))
  if (first.signal.aborted) clearTimeout(timer)
  return first.signal
}
