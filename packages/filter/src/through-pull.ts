import { BodyError, breathe, isData, isPromiseLike, isTrailers } from '@sluice/body'
import { closeAll, failAfter } from './close-all.ts'
import { transformOf } from './transform.ts'
import { lose } from './work.ts'
import type { AnyFrame, Pull } from '@sluice/body'
import type { Transform, TransformLike } from './transform.ts'

type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>

interface Waiter {
  resolve(frame: Pulled): void
  reject(error: unknown): void
}

/** What `find` gives when the body has come to its end. */
const end: AnyFrame = { kind: 'end of the transform' }

const turnsAtOnce = 1024

/** Starts the reading of a source through a transform; what the transform gives is data. */
export function throughPull<F extends AnyFrame>(source: Pull<F>, make: () => TransformLike): Pull<F>
export function throughPull(source: Pull<AnyFrame>, make: () => TransformLike): Pull<AnyFrame> {
  return new ThroughPull(source, make)
}

/**
 * Three things may be on their way at once: a frame of the source, a write, an output. Whichever comes, if the reader
 * waits, it is looked whether there is now a frame for it.
 */
class ThroughPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #make: () => TransformLike
  #transform: Transform | undefined
  #state: 'open' | 'ending' | 'after trailers' | 'over' = 'open'
  #waiter: Waiter | undefined
  #failure: { readonly error: unknown } | undefined
  /** A control frame that waits until the transform has nothing more to give at once. */
  #held: AnyFrame | undefined
  #output: AnyFrame | undefined
  #outputs = 0
  #outputEnded = false
  #sourcePending = false
  #outputPending = false
  #writing = false
  #resting = false
  /** Whether something may still come of what was written. */
  #unsettled = false

  constructor(source: Pull<AnyFrame>, make: () => TransformLike) {
    this.#source = source
    this.#make = make
  }

  get #isOver(): boolean {
    return this.#state === 'over'
  }

  pull(): Pulled {
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
    const waiter = this.#waiter
    const closing = this.#end(true)
    waiter?.resolve(undefined)
    return closing
  }

  readonly #wake = (): void => {
    const waiter = this.#waiter
    if (waiter === undefined || this.#isOver) return
    try {
      const frame = this.#find()
      if (frame !== undefined) this.#answer((waiting) => waiting.resolve(this.#give(frame)))
    } catch (error) {
      this.#answer((waiting) => waiting.resolve(this.#fail(error)))
    }
  }

  #answer(give: (waiter: Waiter) => void): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (waiter === undefined) return
    try {
      give(waiter)
    } catch (error) {
      waiter.reject(error)
    }
  }

  #give(frame: AnyFrame): Pulled {
    // A transform that has ended by itself wants no more of its source.
    return frame === end ? this.#end(this.#state === 'open') : frame
  }

  /** The next frame for the reader, `end`, or `undefined` where something has to be waited for. */
  #find(): AnyFrame | undefined {
    this.#transform ??= transformOf(this.#make())
    for (let turns = 0; turns < turnsAtOnce; turns++) {
      const found = this.#nextOutput(this.#transform) ?? this.#nextHeld()
      if (found !== undefined) return found
      if (this.#isWaiting) return undefined
      this.#ask(this.#transform)
    }
    this.#rest()
    return undefined
  }

  #ask(transform: Transform): void {
    try {
      const pulled = this.#source.pull()
      if (!isPromiseLike(pulled)) return this.#take(pulled, transform)
      this.#sourcePending = true
      pulled.then(this.#arrived, this.#failed)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #nextOutput(transform: Transform): AnyFrame | undefined {
    const output = this.#output
    this.#output = undefined
    if (output !== undefined || this.#outputPending || this.#outputEnded) return output
    const pulled = transform.output.pull()
    if (!isPromiseLike(pulled)) return this.#note(pulled)
    this.#outputPending = true
    pulled.then(this.#gave, this.#failed)
    return undefined
  }

  /** What stands behind all that the transform has given, where it has its turn. */
  #nextHeld(): AnyFrame | undefined {
    const held = this.#held
    if (this.#outputEnded && this.#failure === undefined) {
      if (this.#state === 'after trailers') return undefined
      if (this.#state === 'open' || held === undefined) return end
      this.#state = 'after trailers'
    } else {
      if (this.#resting || !this.#isHeldUp) return undefined
      if (this.#unsettled && !this.#outputEnded) {
        this.#rest()
        return undefined
      }
      if (this.#failure !== undefined) throw this.#failure.error
    }
    this.#held = undefined
    return held
  }

  /** Whether a control frame, or an error, waits for what the transform has to give before it. */
  get #isHeldUp(): boolean {
    if (this.#failure !== undefined) return true
    return this.#held !== undefined && !this.#writing && this.#state !== 'ending'
  }

  get #isWaiting(): boolean {
    if (this.#sourcePending || this.#writing || this.#resting) return true
    return this.#state === 'ending'
  }

  /** Gives the transform a turn, in which it may have more to give. */
  #rest(): void {
    const outputs = this.#outputs
    this.#resting = true
    breathe().then(() => {
      this.#resting = false
      if (outputs === this.#outputs) this.#unsettled = false
      this.#wake()
    })
  }

  #take(frame: AnyFrame | undefined, transform: Transform): void {
    if (frame !== undefined && isData(frame) && frame.bytes.length === 0) return
    if (this.#state === 'after trailers') {
      this.#state = 'ending'
      if (frame !== undefined) throw behindTrailers(frame)
    } else if (frame === undefined || isTrailers(frame)) {
      this.#state = 'ending'
      this.#held = frame
      transform.end().catch(this.#refused)
    } else if (isData(frame)) {
      this.#writing = true
      this.#unsettled = true
      transform.write(frame.bytes).then(this.#written, this.#refused)
    } else this.#held = frame
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    this.#sourcePending = false
    if (this.#isOver || this.#transform === undefined) return lose(frame)
    try {
      this.#take(frame, this.#transform)
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#wake()
  }

  readonly #gave = (frame: AnyFrame | undefined): void => {
    this.#outputPending = false
    if (this.#isOver) return lose(frame)
    this.#output = this.#note(frame)
    this.#wake()
  }

  #note(frame: AnyFrame | undefined): AnyFrame | undefined {
    if (frame === undefined) this.#outputEnded = true
    else {
      this.#outputs++
      this.#unsettled = true
    }
    return frame
  }

  readonly #written = (): void => {
    this.#writing = false
    this.#wake()
  }

  /** The other side says why, or that it has ended by itself, which is no error: it has a turn to do so. */
  readonly #refused = (error: unknown): void => {
    breathe().then(() => this.#failed(error))
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
    lose(this.#output)
    this.#transform?.leave(reason)
    return early ? closeAll([() => this.#source.close()]) : undefined
  }
}

const behindTrailers = (frame: AnyFrame): BodyError => {
  lose(frame, 'it came after the trailers')
  return new BodyError(
    'BODY_INVALID',
    `Cannot filter the body: found a ${frame.kind} frame after the trailers, wanted the end`,
  )
}
