import { CallQueue } from './engine/call-queue.ts'

/**
 * An iterator over lines.
 *
 * Calls of `next()` may overlap and are answered in order. Unlike that of a generator, `return()` closes the body even before the
 * first line, and does not wait for a pending one.
 */
export class LineIterator implements AsyncIterableIterator<string> {
  readonly #readLine: () => Promise<string | undefined>
  readonly #close: () => Promise<void>
  readonly #calls = new CallQueue()
  #over = false

  constructor(readLine: () => Promise<string | undefined>, close: () => Promise<void>) {
    this.#readLine = readLine
    this.#close = close
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string> {
    return this
  }

  next(): Promise<IteratorResult<string>> {
    return this.#calls.run(() => this.#ask())
  }

  async return(): Promise<IteratorResult<string>> {
    if (!this.#over) {
      this.#over = true
      await this.#close()
    }
    return { done: true, value: undefined }
  }

  async #ask(): Promise<IteratorResult<string>> {
    if (this.#over) return { done: true, value: undefined }
    try {
      const value = await this.#readLine()
      if (value !== undefined && !this.#over) return { done: false, value }
    } catch (error) {
      if (!this.#over) {
        this.#over = true
        throw error
      }
    }
    this.#over = true
    return { done: true, value: undefined }
  }
}
