import { isPromiseLike, nextTurn } from '@sluice/body/engine'
import { lose } from '../engine/lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/** The output of a transform: whether there is a frame, whether more may come at once, and whether it has ended. */
export class TransformOutput {
  readonly #output: Pull<AnyFrame>
  readonly #wake: () => void
  readonly #fail: (error: unknown) => void
  #frame: AnyFrame | undefined
  #count = 0
  #state: 'idle' | 'pending' | 'ended' | 'left' = 'idle'
  #resting = false
  /** Whether what was written may still produce output. */
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

  /** The frame that is there. If there is none, `wake` is called as soon as there is. */
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

  /** Something was written, which may produce output. */
  stir(): void {
    this.#unsettled = true
  }

  /** Whether nothing more comes at once. If that is not known, it rests for a turn and then calls `wake`. */
  settles(): boolean {
    if (!this.#unsettled || this.ended) return true
    if (!this.#resting) this.rest()
    return false
  }

  /** Gives the transform a turn of the event loop, in which it may produce output. */
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
