import { isData, isTrailers } from '@sluice/body'
import { isPromiseLike, nextTurn, observePause, TurnSampler } from '@sluice/body/engine'
import { closeAll, failAfter } from '../engine/close-all.ts'
import { behindTrailers } from '../engine/invalid-body.ts'
import { lose } from '../engine/lose-item.ts'
import { end } from '../engine/stages.ts'
import { transformOf } from './transform.ts'
import { TransformOutput } from './transform-output.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { Transform, TransformLike } from './transform.ts'

interface Waiter {
  resolve(frame: Pulled<AnyFrame>): void
  reject(error: unknown): void
}

/** Starts the reading of a source through a transform; what the transform gives is data. */
export function throughPull<F extends AnyFrame>(source: Pull<F>, make: () => TransformLike): Pull<F>
export function throughPull(source: Pull<AnyFrame>, make: () => TransformLike): Pull<AnyFrame> {
  return new ThroughPull(source, make)
}

/**
 * Three things may be pending at once: a frame of the source, a write to the transform, and an output of it. If one of them
 * settles while the reader waits, `#find` looks whether there is now a frame for the reader.
 */
class ThroughPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #make: () => TransformLike
  #sides: { readonly transform: Transform; readonly output: TransformOutput } | undefined
  #state: 'open' | 'ending' | 'after trailers' | 'over' = 'open'
  #waiter: Waiter | undefined
  #failure: { readonly error: unknown } | undefined
  /** A control frame, or the end, that waits until the transform has nothing more to give at once. */
  #held: AnyFrame | undefined
  #sourcePending = false
  #writing = false
  readonly #sampler = new TurnSampler()

  constructor(source: Pull<AnyFrame>, make: () => TransformLike) {
    this.#source = source
    this.#make = make
  }

  get #isOver(): boolean {
    return this.#state === 'over'
  }

  pull(): Pulled<AnyFrame> {
    if (this.#isOver) return undefined
    try {
      const frame = this.#find()
      if (frame !== undefined) return this.#give(frame)
    } catch (error) {
      return this.#fail(error)
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  close(): void | PromiseLike<void> {
    if (this.#isOver) return
    this.#waiter?.resolve(undefined)
    return this.#end(true)
  }

  readonly #wake = (): void => {
    // Only if the reader waits: nothing is pulled before it is asked for.
    if (this.#waiter === undefined || this.#isOver) return
    try {
      const frame = this.#find()
      if (frame !== undefined) this.#answer(() => this.#give(frame))
    } catch (error) {
      this.#answer(() => this.#fail(error))
    }
  }

  #answer(answer: () => Pulled<AnyFrame>): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    try {
      waiter?.resolve(answer())
    } catch (error) {
      waiter?.reject(error)
    }
  }

  #give(frame: AnyFrame): Pulled<AnyFrame> {
    // If the transform has ended by itself, the source is closed early.
    return frame === end ? this.#end(this.#state === 'open') : frame
  }

  #open(): { readonly transform: Transform; readonly output: TransformOutput } {
    const transform = transformOf(this.#make())
    return { transform, output: new TransformOutput(transform.output, this.#wake, this.#failed) }
  }

  /** The next frame for the reader, `end`, or `undefined` if there is something to wait for. */
  #find(): AnyFrame | undefined {
    this.#sides ??= this.#open()
    const { output } = this.#sides
    for (;;) {
      const found = output.next() ?? this.#nextHeld(output)
      if (found !== undefined) return found
      if (this.#sourcePending || this.#writing || output.resting || this.#state === 'ending')
        return undefined
      this.#ask()
      if (this.#sampler.isTurnOver()) {
        output.rest()
        return undefined
      }
    }
  }

  /** What comes after the output of the transform: an error, a held frame or the end; `undefined` if it is not their turn yet. */
  #nextHeld(output: TransformOutput): AnyFrame | undefined {
    if (this.#failure !== undefined) {
      if (output.settles()) throw this.#failure.error
      return undefined
    }
    const held = this.#held
    if (output.ended) {
      if (this.#state === 'after trailers') return undefined
      if (this.#state === 'open' || held === undefined) return end
      this.#state = 'after trailers'
    } else if (held === undefined || this.#writing || this.#state === 'ending' || !output.settles())
      return undefined
    this.#held = undefined
    return held
  }

  #ask(): void {
    try {
      const pulled = this.#source.pull()
      if (!isPromiseLike(pulled)) return this.#take(pulled)
      this.#sourcePending = true
      pulled.then(this.#arrived, this.#failed)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #take(frame: AnyFrame | undefined): void {
    if (frame !== undefined && isData(frame) && frame.bytes.length === 0) return
    if (this.#state === 'after trailers') {
      this.#state = 'ending'
      if (frame !== undefined) throw behindTrailers(frame)
    } else if (frame === undefined || isTrailers(frame)) {
      this.#state = 'ending'
      this.#held = frame
      this.#sides?.transform.end().catch(this.#refused)
    } else if (isData(frame)) {
      this.#writing = true
      this.#sides?.output.stir()
      this.#sides?.transform.write(frame.bytes).then(this.#written, this.#refused)
    } else {
      this.#held = frame
      observePause(frame)
    }
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    this.#sourcePending = false
    if (this.#isOver) return lose(frame)
    try {
      this.#take(frame)
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#wake()
  }

  readonly #written = (): void => {
    this.#writing = false
    this.#wake()
  }

  /** Waits a turn: the output side may give the reason, or it may have ended by itself, which is no error. */
  readonly #refused = (error: unknown): void => {
    nextTurn().then(() => this.#failed(error))
  }

  readonly #failed = (error: unknown): void => {
    this.#failure ??= { error }
    this.#wake()
  }

  #fail(error: unknown): PromiseLike<never> {
    return failAfter(error, () => this.#end(true, error))
  }

  #end(early: boolean, reason?: unknown): undefined | PromiseLike<undefined> {
    this.#state = 'over'
    lose(this.#held)
    this.#sides?.output.leave()
    this.#sides?.transform.leave(reason)
    return early ? closeAll([() => this.#source.close()]) : undefined
  }
}
