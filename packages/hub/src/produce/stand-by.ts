import { nothing } from '@sluice/body/engine'
import { idleTimer } from '../idle-timer.ts'

/** A wait for the lease of another process: until it may be free, or a time has passed. */
export class StandBy {
  #isWoken = false
  #wake = nothing

  /** Forgets what was heard: the lease is asked for next. */
  begin(): void {
    this.#isWoken = false
  }

  wake(): void {
    this.#isWoken = true
    this.#wake()
  }

  async wait(ms: number): Promise<void> {
    if (this.#isWoken) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = idleTimer(resolve, ms)
    })
    clearTimeout(timer)
    this.#wake = nothing
  }
}
