import type { Flush, Receipt } from '@sluice/body'

interface Telling {
  /** Whether it was told that the bytes went, and not that they are lost. */
  readonly sent: boolean
  /** How many flushes had left. */
  readonly flushesLeft: number
}

/** Makes flushes, and remembers what their receipts were told, by the index of their frames. */
export class Receipts {
  readonly #tellings = new Map<number, Telling[]>()
  #toldByReader: number[] | undefined
  #flushesLeft = 0

  /** The last variant has no receipt. */
  make(index: number, variant: number): Flush {
    if (variant === 3) return { kind: 'flush' }
    const tellings: Telling[] = []
    this.#tellings.set(index, tellings)
    const sent: Receipt = (lost) => {
      this.#toldByReader?.push(index)
      tellings.push({ sent: lost === undefined, flushesLeft: this.#flushesLeft })
    }
    return { kind: 'flush', sent }
  }

  /** Tells a flush that it was sent, as a server does, and gives the indices of those that were told by it. */
  tell(flush: Flush): readonly number[] {
    const told: number[] = []
    this.#toldByReader = told
    this.#flushesLeft++
    flush.sent?.()
    this.#toldByReader = undefined
    return told
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
