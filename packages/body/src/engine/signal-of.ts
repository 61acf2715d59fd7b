import { foundIn } from '../kinds.ts'
import { isSignal } from './on-abort.ts'

/**
 * A signal of a request's client.
 *
 * In hosts the fields of a client are getters of its class, since most requests read none of them. `{ ...request.client }` copies no
 * getters of a class, and compilers accept it.
 *
 * @throws {TypeError} When the client has no such signal.
 */
export const signalOf = <N extends 'signal' | 'draining'>(
  client: { readonly [name in N]: AbortSignal },
  name: N,
): AbortSignal => {
  const signal = client?.[name]
  if (isSignal(signal)) return signal
  throw new TypeError(
    `Cannot use the client: found ${foundIn(signal)} as its ${name}, wanted an AbortSignal: give request.client, or { signal, draining }; { ...request.client } copies neither`,
  )
}
