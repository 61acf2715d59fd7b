import { Resolver } from 'node:dns/promises'

/** Looks up the addresses of a name, until the signal aborts. */
export type LookUp = (name: string, signal: AbortSignal) => PromiseLike<readonly string[]>

/** Asks name servers: those that are given, or those of the system. `lookup` of `node:dns` cannot be cancelled; a resolver can. */
export const dnsLookUp =
  (servers?: readonly string[]): LookUp =>
  async (name, signal) => {
    signal.throwIfAborted()
    const resolver = new Resolver()
    if (servers !== undefined) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await resolver.resolve4(name)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
