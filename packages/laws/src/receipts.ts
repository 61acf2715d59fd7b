import type { Flush, Receipt } from '@sluice/body'

/** When a reader calls receipts, and with what. */
export type Telling = 'at once' | 'at the end' | { readonly lost: unknown }

interface Told {
  readonly lost: unknown
  /** Whether it was told that the bytes went, and not that they are lost. */
  readonly sent: boolean
  /** How many flushes had left. */
  readonly flushesLeft: number
}

/** Makes flushes, and remembers what their receipts were told, by the index of their frames. */
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

  /** Tells a flush that it was sent, as a server does, and gives the indices of those that were told by it. */
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

  /** Calls the receipts that were left for the end, and gives the indices of those that each flush called. */
  tellLate(): readonly (readonly number[])[] {
    return this.#untold.splice(0).map((flush) => this.tell(flush))
  }

  /** The last argument of the receipt of the frame at `index`. */
  reasonOf(index: number): unknown {
    return this.#tellings.get(index)?.at(-1)?.lost
  }

  /**
   * What is wrong with what the receipt of the frame at `index` was told; `undefined` where nothing is.
   *
   * @param leastLeft How many flushes must have left before it may be told that it was sent.
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

  /** Whether the frame at `index` was told that it is lost. */
  isLost(index: number): boolean {
    return this.#tellings.get(index)?.some(({ sent }) => !sent) ?? false
  }
}
