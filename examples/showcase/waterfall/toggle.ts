// Something that is on or off, and is waited for.
import { pause } from '@sluice/pause'

export class Toggle {
  readonly #changed: () => void
  /** While it is on: aborts when it is turned off. */
  #running: AbortController | undefined
  #wake = (): void => {}

  /** @param changed Called after each change. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get isOn(): boolean {
    return this.#running !== undefined
  }

  turn(on: boolean): void {
    if (on === this.isOn) return
    this.#running?.abort()
    this.#running = on ? new AbortController() : undefined
    this.#wake()
    this.#changed()
  }

  /**
   * Acts each time that it is on, with a signal that aborts when it is turned off. Turns it off when the act ends by itself.
   *
   * Never fulfils. Rejects with what the act rejects with, or with the reason of `signal`.
   */
  async whileOn(act: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<never> {
    for (;;) {
      const { signal: running } = await this.#on(signal)
      await act(running)
      if (!running.aborted) this.turn(false)
    }
  }

  async #on(signal: AbortSignal): Promise<AbortController> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#running !== undefined) return this.#running
      const { resume, resumed } = pause({ signal })
      this.#wake = resume
      await resumed
    }
  }
}
