import { isPromiseLike, nextTurn } from '@sluice/body/engine'
import { lose } from './work.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/** What a transform gives: whether there is something, may still be something at once, or has been all. */
export class TransformOutput {
  readonly #output: Pull<AnyFrame>
  readonly #wake: () => void
  readonly #fail: (error: unknown) => void
  #frame: AnyFrame | undefined
  #count = 0
  #state: 'idle' | 'pending' | 'ended' | 'left' = 'idle'
  #resting = false
  /** Whether something may still come of what was written. */
  #unsettled = false

  /** @param wake Called when there may be something new. */
  constructor(output: Pull<AnyFrame>, wake: () => void, fail: (error: unknown) => void) {
    this.#output = output
    this.#wake = wake
    this.#fail = fail
  }

  get ended(): boolean {
    return this.#state === 'ended' && this.#frame === undefined
  }

  get resting(): boolean {
    return this.#resting
  }

  /** What is there; where there is nothing, `wake` is called once there is. */
  next(): AnyFrame | undefined {
    const frame = this.#frame
    this.#frame = undefined
    if (frame !== undefined || this.#state !== 'idle') return frame
    const pulled = this.#output.pull()
    if (!isPromiseLike(pulled)) return this.#note(pulled)
    this.#state = 'pending'
    pulled.then(this.#arrived, this.#fail)
    return undefined
  }

  /** Something was written, of which something may come. */
  stir(): void {
    this.#unsettled = true
  }

  /** Whether nothing more comes at once; where that is not known it rests, and calls `wake` after it. */
  settles(): boolean {
    if (!this.#unsettled || this.ended) return true
    if (!this.#resting) this.rest()
    return false
  }

  /** Gives the transform a turn, in which it may have more to give. */
  rest(): void {
    const count = this.#count
    this.#resting = true
    nextTurn().then(() => {
      this.#resting = false
      if (count === this.#count) this.#unsettled = false
      this.#wake()
    })
  }

  leave(): void {
    lose(this.#frame)
    this.#frame = undefined
    this.#state = 'left'
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    if (this.#state === 'left') return lose(frame)
    this.#state = 'idle'
    this.#frame = this.#note(frame)
    this.#wake()
  }

  #note(frame: AnyFrame | undefined): AnyFrame | undefined {
    if (frame === undefined) this.#state = 'ended'
    else {
      this.#count++
      this.#unsettled = true
    }
    return frame
  }
}
