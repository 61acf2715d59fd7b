import type { Flush, Receipt } from '@sluice/body'

/** When a reader calls receipts, and with which reason. */
export type Telling = 'at once' | 'at the end' | { readonly lost: unknown }

interface Told {
  readonly lost: unknown
  /** Whether it was called without a reason: the bytes were sent and not lost. */
  readonly sent: boolean
  /** How many flushes had left. */
  readonly flushesLeft: number
}

/** Makes flushes, and records the calls of their receipts by the index of the frame. */
export class Receipts {
  readonly #tellings = new Map<number, Told[]>()
  readonly #untold: Flush[] = []
  readonly #withoutReceipt: Flush = Object.freeze({ kind: 'flush' })
  #toldByReader: number[] | undefined
  #flushesLeft = 0

  /** The last of four variants has no receipt, and is the same object each time. */
  make(index: number, variant: number): Flush {
    if (variant % 4 === 3) return this.#withoutReceipt
    const tellings: Told[] = []
    this.#tellings.set(index, tellings)
    const sent: Receipt = (lost) => {
      this.#toldByReader?.push(index)
      tellings.push({ lost, sent: lost === undefined, flushesLeft: this.#flushesLeft })
    }
    return { kind: 'flush', sent }
  }

  /** Calls the receipt of a flush, as a server does. Returns the indices of the given flushes whose receipts were called by that. */
  tell(flush: Flush, telling: Telling = 'at once'): readonly number[] {
    const told: number[] = []
    this.#flushesLeft++
    if (telling === 'at the end') {
      this.#untold.push(flush)
      return told
    }
    this.#toldByReader = told
    if (telling === 'at once') flush.sent?.()
    else flush.sent?.(telling.lost)
    this.#toldByReader = undefined
    return told
  }

  /** Calls the receipts that were left for the end. Returns for each flush what `tell` returns. */
  tellLate(): readonly (readonly number[])[] {
    return this.#untold.splice(0).map((flush) => this.tell(flush))
  }

  /** The last argument of the receipt of the frame at `index`. */
  reasonOf(index: number): unknown {
    return this.#tellings.get(index)?.at(-1)?.lost
  }

  /**
   * What is wrong with the calls of the receipt of the frame at `index`; `undefined` if nothing is.
   *
   * @param leastLeft How many flushes must have left before it may be called without a reason.
   */
  faultOf(index: number, leastLeft: number): string | undefined {
    const tellings = this.#tellings.get(index)
    if (tellings === undefined) return undefined
    const [first, second] = tellings
    if (first === undefined) return 'was never told'
    if (second !== undefined) return `was told ${tellings.length} times`
    const isEarly = first.sent && first.flushesLeft < leastLeft
    return isEarly ? 'was told before the flush had left' : undefined
  }

  /** Whether the receipt of the frame at `index` was called with a reason. */
  isLost(index: number): boolean {
    return this.#tellings.get(index)?.some(({ sent }) => !sent) ?? false
  }
}
