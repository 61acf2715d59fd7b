import { checkGrace } from './options.ts'
import type { CloseOptions, RunningServer } from './serve.ts'

export interface SignalOptions extends CloseOptions {
  /** `SIGTERM` and `SIGINT` by default. */
  readonly signals?: readonly NodeJS.Signals[]
}

/**
 * Closes a server when the process gets a signal to end: requests in flight may end within grace. A second signal cuts them.
 *
 * Listens to signals until the server is closed. Does not end the process, but a closed server no longer keeps it alive.
 *
 * @param options.graceMs Milliseconds, 10,000 by default.
 * @throws {RangeError} At the call, if `graceMs` is not a number.
 *
 * @example
 * import { closeOnSignal, serve } from '@sluice/server'
 * import { text } from '@sluice/stack'
 *
 * const server = await serve(() => text('hello'))
 * closeOnSignal(server, { graceMs: 30_000 })
 * await server.close()
 */
export const closeOnSignal = (
  server: RunningServer,
  { signals = ['SIGTERM', 'SIGINT'], ...options }: SignalOptions = {},
): void => {
  if (options.graceMs !== undefined) checkGrace(options.graceMs)
  let told = false
  const onSignal = () => {
    server.close(told ? { graceMs: 0 } : options)
    told = true
  }
  for (const signal of signals) process.on(signal, onSignal)
  server.closed.then(() => {
    for (const signal of signals) process.off(signal, onSignal)
  })
}
