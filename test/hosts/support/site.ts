import { turn } from '../../support/within.ts'
import { bound } from '../clients/exchange.ts'
import { openExchange } from '../clients/open-exchange.ts'
import type { Ask, Exchange } from '../clients/exchange.ts'
import type { Host } from '../hosts.ts'
import type { Probe } from '../ledger.ts'

let ids = 0

/** A running host, for one trial. */
export class Site {
  readonly host: Host
  readonly port: number
  readonly #open = new Set<Exchange>()

  constructor(host: Host, port: number) {
    this.host = host
    this.port = port
  }

  /** Whether the client speaks HTTP/2. */
  get isHttp2(): boolean {
    return this.host.protocol === 'h2' || this.host.protocol === 'h2c'
  }

  /** Sends a request to a page of the app, with an ID of its own. */
  start(path: string, ask?: Ask): { readonly id: string; readonly exchange: Exchange } {
    const id = String(++ids)
    const target = `${path}${path.includes('?') ? '&' : '?'}id=${id}`
    return { id, exchange: this.request(target, ask) }
  }

  /** Sends a request. */
  request(target: string, ask?: Ask): Exchange {
    const exchange = openExchange(this.port, this.host.protocol, target, ask)
    this.#open.add(exchange)
    return exchange
  }

  /** Lets a request take its next step; returns when the app knows. */
  async resume(id: string): Promise<void> {
    await this.#ask(`/resume?id=${id}`)
  }

  /** What the app has counted for a request. */
  async probe(id: string): Promise<Probe> {
    return JSON.parse(await this.#ask(`/probe?id=${id}`))
  }

  /** Asks until the counts are as wanted. */
  async probeUntil(id: string, come: (probe: Probe) => boolean, what: string): Promise<Probe> {
    const started = performance.now()
    for (;;) {
      const probe = await this.probe(id)
      if (come(probe)) return probe
      if (performance.now() - started > bound)
        throw new Error(`Cannot find ${what}: ${JSON.stringify(probe)}`)
      await turn()
    }
  }

  /** Leaves nothing open. */
  close(): void {
    for (const exchange of this.#open) exchange.close()
  }

  async #ask(target: string): Promise<string> {
    const exchange = this.request(target)
    await exchange.ending()
    const { arrived, text } = exchange
    exchange.close()
    this.#open.delete(exchange)
    if (arrived.head?.status === 200 && arrived.ending === 'complete') return text
    throw new Error(`Cannot ask ${target}: found ${arrived.head?.status} ${arrived.ending} ${text}`)
  }
}
