import { isPromiseLike } from '@sluice/body/engine'
import { callUser } from '@sluice/stack/host'
import type { SecureContext, TlsOptions } from 'node:tls'

type Report = (error: unknown) => void
type SniDone = (error: Error | null, context?: SecureContext) => void

/**
 * Reports errors of the callbacks of `node:tls`. An error ends only its handshake. Without this, Node would treat what they throw as
 * an error of the client, and a rejection would end the process.
 */
export const tlsCallbacks = (
  { SNICallback, ALPNCallback, pskCallback }: TlsOptions,
  report: Report,
): TlsOptions => ({
  ...(SNICallback && { SNICallback: guardedSni(SNICallback, report) }),
  ...(ALPNCallback && { ALPNCallback: (asked) => guarded(() => ALPNCallback(asked), report) }),
  ...(pskCallback && {
    pskCallback: (socket, identity) => guarded(() => pskCallback(socket, identity), report) ?? null,
  }),
})

/** Passes on the first answer of a callback, which may throw afterwards or answer twice. */
const guardedSni =
  (callback: NonNullable<TlsOptions['SNICallback']>, report: Report) =>
  (serverName: string, done: SniDone): void => {
    let isDone = false
    const once: SniDone = (error, context) => {
      if (isDone) return
      isDone = true
      if (error !== null && error !== undefined) report(error)
      done(error, context)
    }
    const failed = (error: unknown) => {
      if (isDone) return report(error)
      isDone = true
      report(error)
      done(new Error('Cannot choose a certificate: SNICallback failed', { cause: error }))
    }
    callUser(() => callback(serverName, once), failed)
  }

const guarded = <T>(call: () => T, report: Report): T | undefined => {
  try {
    const answer: T | PromiseLike<T> = call()
    if (!isPromiseLike(answer)) return answer
    Promise.resolve(answer).then(undefined, report)
  } catch (error) {
    report(error)
  }
  return undefined
}
