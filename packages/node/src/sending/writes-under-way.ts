import { settleReceipt } from '@sluice/body/engine'
import { flushLost } from '@sluice/stack/host'
import type { Receipt } from '@sluice/body'
import type { ErrorReports } from '@sluice/body/engine'

/** A flush that waits until a number of writes is done. */
interface WaitingReceipt {
  readonly writes: number
  readonly sent: Receipt
}

/** The writes of a response that are on their way to the kernel, and what waits for them. They are done in their order. */
export class WritesUnderWay {
  #begun = 0
  #done = 0
  #receipts: WaitingReceipt[] | undefined
  #whenDone: (() => void) | undefined
  readonly #reports: ErrorReports

  /** @param reports Takes what receipts throw. */
  constructor(reports: ErrorReports) {
    this.#reports = reports
  }

  get areDone(): boolean {
    return this.#done === this.#begun
  }

  begin(): void {
    this.#begun++
  }

  /** One more is done: settles the receipts that waited for it. */
  done(): void {
    this.#done++
    this.#settle()
    if (!this.areDone) return
    const call = this.#whenDone
    this.#whenDone = undefined
    call?.()
  }

  /** Settles a receipt when all writes up to now are done. */
  flush(sent: Receipt | undefined): void {
    if (sent === undefined) return
    if (this.areDone) return settleReceipt(sent, undefined, this.#reports)
    this.#receipts ??= []
    this.#receipts.push({ writes: this.#begun, sent })
  }

  /** Calls back when all writes are done; never if they are lost. */
  whenDone(call: () => void): void {
    if (this.areDone) call()
    else this.#whenDone = call
  }

  /** The client has gone: no more callbacks of writes may come. */
  lose(): void {
    this.#whenDone = undefined
    const receipts = this.#receipts
    this.#receipts = undefined
    for (const { sent } of receipts ?? []) settleReceipt(sent, flushLost(), this.#reports)
  }

  #settle(): void {
    const receipts = this.#receipts
    if (receipts === undefined) return
    for (;;) {
      const [first] = receipts
      if (first === undefined || first.writes > this.#done) return
      receipts.shift()
      settleReceipt(first.sent, undefined, this.#reports)
    }
  }
}
