import { BodyError } from '@sluice/body'
import { fromPull, nextTurn } from '@sluice/body/engine'
import type { AnyFrame, Body } from '@sluice/body'
import type { Script } from './script.ts'

export interface SourcePlan extends Pick<Script, 'source' | 'answers'> {
  /** Called for each frame when it is given. */
  readonly whenGiven?: (frame: AnyFrame) => void
  readonly frames: readonly AnyFrame[]
  readonly byteLength?: number
  /** The error after the frames; without it, the source ends. */
  readonly failure?: { readonly error: unknown }
  /** The error of closing it. */
  readonly closeFailure?: { readonly error: unknown }
  /** The index of the frame that is held back until `release`. */
  readonly stallsAt?: number
}

type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>

/** The source of a filter under test: gives frames as planned, and records how it is pulled. */
export class Source {
  readonly body: Body<AnyFrame>
  pulls = 0
  closes = 0
  /** Whether it has given its end or its error. */
  ended = false
  /** Pulls while the reader was not asking, and pulls while another was pending. */
  unaskedPulls = 0
  doubledPulls = 0
  /** The frames that it has given. */
  readonly given: AnyFrame[] = []
  /** By the index of a frame: how many bytes the reader had when that frame was pulled. */
  readonly bytesOutAt: number[] = []
  /** Pulls after its error but before the reader got that error. */
  pullsAfterError = 0
  /** Set by the reader: whether it is asking, how often it has asked, and how many bytes it has. */
  asked = false
  asks = 0
  bytesOut = 0
  /** Settles when the planned stall has been reached. */
  readonly stalled: Promise<void>
  readonly #plan: SourcePlan
  #next = 0
  #pending = false
  #asking: Promise<void> | undefined
  /** Calls of `next` that have not been answered, and the iterator that is called. */
  #nexts = 0
  #iterator: object | undefined
  #over = false
  /** The number of the reader's pull in which the source failed. */
  #failedAt: number | undefined
  #reached: () => void = () => {}
  #release: (() => void) | undefined

  constructor(plan: SourcePlan) {
    this.#plan = plan
    this.stalled = new Promise((resolve) => {
      this.#reached = resolve
    })
    this.body = plan.source === 'pull' ? this.#pullBody() : this.#iterableBody()
  }

  /** Answers the pull that stalls. */
  release(): void {
    this.#release?.()
  }

  #pullBody(): Body<AnyFrame> {
    const source = {
      pull: () => {
        if (this.#pending && !this.#over) this.doubledPulls++
        return this.#pull()
      },
      close: () => this.#close(),
    }
    return fromPull(() => source, this.#plan.byteLength)
  }

  #iterableBody(): Body<AnyFrame> {
    let started = false
    return {
      byteLength: this.#plan.byteLength,
      [Symbol.asyncIterator]: () => {
        if (started) throw new BodyError('BODY_USED', 'Cannot read the body: it was read before')
        started = true
        const next = () => this.#nextInTurn()
        const iterator =
          this.#plan.source === 'bare' ? { next } : { next, return: () => this.#return() }
        this.#iterator = iterator
        return iterator
      },
    }
  }

  /** Whether this is the iterator of the source itself. */
  isIterator(iterator: object): boolean {
    return iterator === this.#iterator
  }

  /** Overlapping calls are answered in order, as by a generator. */
  #nextInTurn(): Promise<IteratorResult<AnyFrame, undefined>> {
    // A bare iterator does not queue overlapping calls, so a filter must not make any.
    if (this.#nexts++ > 0 && this.#plan.source === 'bare') this.doubledPulls++
    const before = this.#asking
    const next = before === undefined ? this.#nextOne() : before.then(() => this.#nextOne())
    const asking = next.then(
      () => {},
      () => {},
    )
    this.#asking = asking
    asking.then(() => {
      if (this.#asking === asking) this.#asking = undefined
    })
    return next
  }

  async #nextOne(): Promise<IteratorResult<AnyFrame, undefined>> {
    try {
      const frame = await this.#pull()
      return frame === undefined ? done : { done: false, value: frame }
    } finally {
      this.#nexts--
    }
  }

  async #return(): Promise<IteratorResult<AnyFrame, undefined>> {
    await this.#close()
    return done
  }

  #close(): void | Promise<never> {
    this.closes++
    this.#over = true
    const { closeFailure } = this.#plan
    if (closeFailure !== undefined) return Promise.reject(closeFailure.error)
  }

  #pull(): Pulled {
    if (this.#over) {
      if (this.#failedAt === this.asks) this.pullsAfterError++
      return undefined
    }
    this.pulls++
    if (!this.asked) this.unaskedPulls++
    const index = this.#next++
    this.bytesOutAt[index] = this.bytesOut
    if (index === this.#plan.stallsAt) return this.#stall(index)
    const { answers } = this.#plan
    const answer = answers[index % answers.length] ?? 'at once'
    if (answer === 'at once') return this.#give(index)
    const after = this.#after(answer === 'later' ? nextTurn() : Promise.resolve(), index)
    // biome-ignore lint/suspicious/noThenProperty: a pull may answer with any thenable.
    return answer === 'by a thenable' ? { then: (told, failed) => after.then(told, failed) } : after
  }

  #stall(index: number): Promise<AnyFrame | undefined> {
    const released = new Promise<void>((resolve) => {
      this.#release = resolve
    })
    this.#reached()
    return this.#after(released, index)
  }

  async #after(wait: Promise<void>, index: number): Promise<AnyFrame | undefined> {
    this.#pending = true
    await wait
    this.#pending = false
    return this.#give(index)
  }

  #give(index: number): AnyFrame | undefined {
    if (this.#over) return undefined
    const { frames, failure } = this.#plan
    const frame = frames[index]
    if (frame !== undefined) {
      this.given.push(frame)
      this.#plan.whenGiven?.(frame)
      return frame
    }
    this.#over = true
    this.ended = true
    if (failure === undefined) return undefined
    this.#failedAt = this.asks
    throw failure.error
  }
}

const done = { done: true, value: undefined } as const
