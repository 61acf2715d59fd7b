import { runNextTurn } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'
import { wake } from '../channel/wake.ts'

interface Waiting {
  readonly want: number
  readonly isTrue: () => boolean
  readonly resolve: () => void
}

/** Lets the event loop wait for what the worker of a job does. */
export class WorkerEvents {
  readonly #cells: Int32Array<SharedArrayBuffer>
  #waiting: Waiting[] = []
  #isArmed = false
  #over = false
  #wakesSoon = false

  constructor(cells: Int32Array<SharedArrayBuffer>) {
    this.#cells = cells
  }

  /** Fulfils when `isTrue` holds, or after `end()`. @param want The bit of `wants` that makes the worker wake the loop. */
  until(want: number, isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      // The memory may be that of another job by now.
      if (this.#over) return resolve()
      this.#waiting.push({ want, isTrue, resolve })
      if (!this.#isArmed) this.#arm()
      else this.look()
    })
  }

  /** Resolves all waits, now and from now on. */
  end(): void {
    this.#over = true
    this.look()
    // Otherwise the promise of `waitAsync` would stay for ever.
    wake(this.#cells, cell.toLoop)
  }

  /** Wakes the worker: the loop has written, read or left. */
  wakeWorker(): void {
    wake(this.#cells, cell.toWorker)
  }

  /** The same in the next turn of the loop, once for all calls before it. */
  wakeWorkerSoon(): void {
    if (this.#wakesSoon) return
    this.#wakesSoon = true
    runNextTurn(this.#wakeNow)
  }

  readonly #wakeNow = (): void => {
    this.#wakesSoon = false
    // The memory may be that of another job by now.
    if (!this.#over) this.wakeWorker()
  }

  #arm(): void {
    this.#isArmed = false
    while (this.#waiting.length > 0) {
      // Read first: what the worker does after this changes it, and then `waitAsync` does not wait.
      const seen = Atomics.load(this.#cells, cell.toLoop)
      this.look()
      if (this.#waiting.length === 0) return
      const wait = Atomics.waitAsync(this.#cells, cell.toLoop, seen)
      if (!wait.async) continue
      this.#isArmed = true
      wait.value.then(() => this.#arm())
      return
    }
  }

  /** Resolves the waits whose condition holds. To be called if something else than the worker has changed it. */
  look(): void {
    const before = this.#waiting
    this.#waiting = []
    for (const each of before) {
      // Asked for before it is looked at: the worker wakes the loop for what it does from now on.
      Atomics.or(this.#cells, cell.loopWants, each.want)
      if (this.#over || each.isTrue()) each.resolve()
      else this.#waiting.push(each)
    }
  }
}
