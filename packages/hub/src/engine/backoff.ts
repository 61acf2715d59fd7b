import { sleep } from '@sluice/pause'

const delaysMs = { first: 50, most: 2_000 } as const

/** Waits between two tries to use an engine: each time twice as long, up to 2 seconds. */
export class Backoff {
  #delayMs: number = delaysMs.first

  /** Fulfils early if the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const delayMs = this.#delayMs
    this.#delayMs = Math.min(delaysMs.most, delayMs * 2)
    try {
      await sleep(delayMs, { signal })
    } catch {
      // It is over.
    }
  }

  /** Begins again with the shortest wait: a try has succeeded. */
  reset(): void {
    this.#delayMs = delaysMs.first
  }
}
