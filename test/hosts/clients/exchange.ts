import { deferred, within } from '../../support/within.ts'
import type { Fields } from '@sluice/body'

export interface Head {
  readonly status: number
  readonly fields: Fields
}

/** How a response ended: `cut` if its end is missing, by a reset, an early FIN or RST_STREAM. */
export type Ending = 'complete' | 'cut'

export interface Ask {
  /** `GET` by default. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether content follows by `send` and `finish`; it is chunked in HTTP/1.1 unless its length is among `headers`. */
  readonly content?: boolean
  /** `1.1` by default; HTTP/2 ignores it. */
  readonly version?: '1.0' | '1.1'
}

/** How long a trial waits for what may never come. Generous: it only says which trial hangs. */
export const patience = { ms: 30_000 }

/** More text than this is counted and not kept. */
const maxText = 1 << 20

/** What has arrived of one response, and waiting for more. */
export class Arrivals {
  /** Informational responses (1xx). */
  readonly informed: Head[] = []
  head: Head | undefined
  /** The content that has arrived, as Latin-1. */
  text = ''
  bytes = 0
  trailers: Fields | undefined
  ending: Ending | undefined
  #wake = (): void => {}

  inform(head: Head): void {
    this.informed.push(head)
    this.#wake()
  }

  begin(head: Head): void {
    this.head = head
    this.#wake()
  }

  add(bytes: Buffer): void {
    this.bytes += bytes.length
    if (this.text.length < maxText) this.text += bytes.toString('latin1')
    this.#wake()
  }

  end(ending: Ending, trailers?: Fields): void {
    this.trailers ??= trailers
    this.ending ??= ending
    this.#wake()
  }

  /** Waits until something has arrived; fails if the response ends before, or if it takes too long. */
  async until(come: () => boolean, what: string): Promise<void> {
    while (!come()) {
      if (this.ending !== undefined) throw this.#missing(what, `the response was ${this.ending}`)
      const { promise, resolve } = deferred()
      this.#wake = resolve
      await within(patience.ms, promise).catch((error) => {
        throw this.#missing(what, error.message)
      })
    }
  }

  #missing(what: string, found: string): Error {
    const there = `${this.head?.status ?? 'no head'} ${JSON.stringify(this.text.slice(0, 200))}`
    return new Error(`Cannot find ${what}: ${found}; there was ${there}`)
  }
}

/** The callback of a write: what could not be sent is not counted. */
export const whenSent =
  (done: () => void = () => {}) =>
  (error?: Error | null): void => {
    if (error === undefined || error === null) done()
  }

/** One request and its response, over any protocol. */
export abstract class Exchange {
  readonly arrived: Arrivals = new Arrivals()
  /** Bytes of content that have left this process, of those that `sendMuch` sends. */
  sentBytes = 0

  /** Sends content of the request; `done` is called when it has left this process. */
  abstract send(content: string, done?: () => void): void
  /** Ends the content of the request. */
  abstract finish(trailers?: Readonly<Record<string, string>>): void
  /** Stops reading; what comes waits in buffers below. */
  abstract stall(): void
  abstract goOn(): void
  /** Leaves without a word: RST, or RST_STREAM. */
  abstract leave(): void
  /** Waits until the server has closed the connection, and gives what came after the response; in HTTP/2 nothing can. */
  abstract untilClosed(): Promise<string>
  /** Closes the connection, at the end of a test. */
  abstract close(): void

  /** Sends pieces of content one after another, as fast as the server takes them, and then ends the content. */
  sendMuch(piece: string, times: number): void {
    if (times === 0) return this.finish()
    this.send(piece, () => {
      this.sentBytes += piece.length
      this.sendMuch(piece, times - 1)
    })
  }

  /** The port of the client. */
  abstract get localPort(): number | undefined

  get text(): string {
    return this.arrived.text
  }

  /** Waits for the head of the response. */
  async head(): Promise<Head> {
    await this.arrived.until(() => this.arrived.head !== undefined, 'a head')
    const { head } = this.arrived
    if (head === undefined) throw new Error('Cannot happen: the head is there')
    return head
  }

  /** Waits until the content that has arrived is at least as long as this, and compares it. */
  async content(wanted: string): Promise<void> {
    await this.arrived.until(() => this.text.length >= wanted.length, JSON.stringify(wanted))
    if (this.text !== wanted)
      throw new Error(`Cannot go on: found ${JSON.stringify(this.text)}, wanted ${wanted}`)
  }

  /** Waits for an informational response. */
  async informed(status: number): Promise<Head> {
    const { informed } = this.arrived
    const isIt = (head: Head) => head.status === status
    await this.arrived.until(() => informed.some(isIt), `a ${status}`)
    const head = informed.find(isIt)
    if (head === undefined) throw new Error(`Cannot happen: the ${status} is there`)
    return head
  }

  /** Waits for a response that is complete, and gives its head. */
  async complete(): Promise<Head> {
    if ((await this.ending()) === 'complete') return this.head()
    throw new Error(`Cannot go on: the response was cut after ${JSON.stringify(this.text)}`)
  }

  /** Waits for the end of the response, however it comes. */
  async ending(): Promise<Ending> {
    await this.arrived.until(() => this.arrived.ending !== undefined, 'the end')
    return this.arrived.ending ?? 'cut'
  }
}
