import * as assert from 'uvu/assert'
import { turn } from '../../support/within.ts'
import { patience } from '../clients/exchange.ts'
import { openExchange, openHttp1 } from '../clients/open-exchange.ts'
import type { Ask, Exchange } from '../clients/exchange.ts'
import type { Http1Exchange } from '../clients/http1-exchange.ts'
import type { Host } from '../hosts.ts'
import type { Probe } from '../ledger.ts'

let ids = 0

/** Rounds that are taken for never, and for a standstill. */
const quietRounds = 3
const standstillRounds = 20

/** Rounds without a wait between them. */
const eagerRounds = 10

const withId = (path: string) => {
  const id = String(++ids)
  return { id, target: `${path}${path.includes('?') ? '&' : '?'}id=${id}` }
}

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
    const { id, target } = withId(path)
    return { id, exchange: this.request(target, ask) }
  }

  /** The same in HTTP/1.1, for trials of what HTTP/2 does not have. */
  startHttp1(path: string, ask?: Ask): { readonly id: string; readonly exchange: Http1Exchange } {
    const { protocol } = this.host
    if (protocol === 'h2' || protocol === 'h2c')
      throw new Error(`Cannot speak HTTP/1.1: ${protocol}`)
    const { id, target } = withId(path)
    const exchange = openHttp1(this.port, protocol, target, ask)
    this.#open.add(exchange)
    return { id, exchange }
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

  /** How many sources are open in the whole app. */
  async openSources(): Promise<number> {
    return Number(await this.#ask('/open-sources'))
  }

  /** Asks until something has come; it has to come within the patience of a trial. */
  async until(come: () => Promise<boolean>, what: string): Promise<void> {
    const started = performance.now()
    for (let rounds = 0; !(await come()); rounds++) {
      if (performance.now() - started > patience.ms) throw new Error(`Cannot find ${what}`)
      // What has not come soon must not take the processor from those who wait with it.
      await (rounds < eagerRounds ? turn() : new Promise((resolve) => setTimeout(resolve, 20)))
    }
  }

  /** Asks until the counts are as wanted. */
  async probeUntil(id: string, come: (probe: Probe) => boolean, what: string): Promise<Probe> {
    let probe = await this.probe(id)
    const probed = async () => {
      if (!come(probe)) probe = await this.probe(id)
      return come(probe)
    }
    await this.until(probed, what).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(probe)}`)
    })
    return probe
  }

  /** Asks until a source was closed, and some more rounds in which it must not be closed again. */
  async closedOnce(id: string): Promise<Probe> {
    let probe = await this.probeUntil(id, ({ closed }) => closed > 0, 'that the source was closed')
    for (let i = 0; i < quietRounds; i++) probe = await this.probe(id)
    assert.is(probe.closed, 1, 'the source was closed once')
    return probe
  }

  /** Asks until a count has not changed for some rounds: the host has come to a standstill. */
  async standstill(id: string, count: (probe: Probe) => number): Promise<number> {
    let last = count(await this.probeUntil(id, (probe) => count(probe) > 0, 'a beginning'))
    for (let quiet = 0; quiet < standstillRounds; quiet++) {
      await turn(3)
      const now = count(await this.probe(id))
      if (now !== last) quiet = 0
      last = now
    }
    return last
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
