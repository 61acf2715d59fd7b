import { closeQuietly, isPromiseLike, observePromise } from '@sluice/body/engine'

/** JavaScript's iterator protocol, of either kind: `next()` returns a result, or a promise of one. */
export interface AnyIterator {
  next(): AnyResult | PromiseLike<AnyResult>
  return?(): unknown
}

interface AnyResult {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

/** Awaits the promises that a synchronous iterator yields, as `for await` does. If one rejects, the iterator is closed. */
export class AwaitingIterator implements AnyIterator {
  readonly #iterator: AnyIterator

  constructor(iterator: AnyIterator) {
    this.#iterator = iterator
  }

  next(): AnyResult | PromiseLike<AnyResult> {
    const result = this.#iterator.next()
    if (isPromiseLike(result) || result.done === true || !isPromiseLike(result.value)) return result
    return this.#later(result.value)
  }

  return(): unknown {
    return this.#iterator.return?.()
  }

  async #later(promise: PromiseLike<unknown>): Promise<AnyResult> {
    try {
      return { done: false, value: await promise }
    } catch (error) {
      closeQuietly({
        close: async () => {
          await this.#iterator.return?.()
        },
      })
      throw error
    }
  }
}

/** An array has its promises from the start: one may reject before it is reached, or never be. */
export const observePromises = (values: unknown): void => {
  if (Array.isArray(values)) for (const value of values) observePromise(value)
}
