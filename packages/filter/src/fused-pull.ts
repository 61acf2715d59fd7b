import { data, isData } from '@sluice/body'
import {
  closeQuietly,
  isByteArray,
  isFrame,
  isPromiseLike,
  observePause,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { behindTrailers } from './behind-trailers.ts'
import { closeAll, failAfter } from './close-all.ts'
import { IdleWait, woken } from './idle-wait.ts'
import { answerTo } from './stage.ts'
import { discard, failedAt, itemsOf, leaveLate, lose } from './work.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Stage } from './stage.ts'
import type { Given } from './steps.ts'
import type { Item, Items, Work } from './work.ts'

type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>

/** What the pull of `toBody` offers: who waits for it is told without a promise of its own. */
interface DirectPull extends Pull<AnyFrame> {
  pullFor(reader: FusedPull): Pulled
}

const isDirect = (source: Pull<AnyFrame>): source is DirectPull => 'pullFor' in source

const none: readonly Stage[] = []

/** The end of the source on its way through the stages. */
const end: AnyFrame = { kind: 'end of the source' }

const bytesIn = (frame: AnyFrame): Uint8Array | undefined =>
  isData(frame) ? frame.bytes : undefined

/** Starts the loop over a source; what the stages do to the set of kinds is in the types of their filters. */
export function fusedPull<F extends AnyFrame>(
  source: Pull<F>,
  makers: readonly (() => Stage)[],
): Pull<F>
export function fusedPull(
  source: Pull<AnyFrame>,
  makers: readonly (() => Stage)[],
): Pull<AnyFrame> {
  return new FusedPull(source, makers)
}

/**
 * The pull loop of a source and the filters on it: a stage costs a call, a frame that is there at once no promise.
 *
 * What a stage gives beyond one frame waits on a stack, so that the stages after it see everything of it before it is
 * asked for more: nothing is held but what a step has given.
 */
class FusedPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #makers: readonly (() => Stage)[]
  #stages: readonly Stage[] = none
  #mayWake = false
  /** The source, where it needs no promise between it and this; not where a stage may have to be woken before it answers. */
  #direct: DirectPull | undefined
  /** Only while a stage wants to be woken. */
  #idle: IdleWait | undefined
  #work: Work | undefined
  #state: 'new' | 'open' | 'after trailers' | 'over' = 'new'
  #looping = false
  /** Whether a stage has kept a frame: while frames are kept, the reader gets none and so cannot yield. */
  #kept = false
  /** Made once something is kept. */
  #sampler: TurnSampler | undefined
  /** Items that are being asked: a generator that closes its own body cannot be left before it has yielded. */
  #running: Items | undefined

  constructor(source: Pull<AnyFrame>, makers: readonly (() => Stage)[]) {
    this.#source = source
    this.#makers = makers
  }

  pull(): Pulled {
    return this.#step()
  }

  close(): void | PromiseLike<void> {
    if (!this.#isOver) return this.#end(true)
  }

  get #isOver(): boolean {
    return this.#state === 'over'
  }

  /** Made at the first pull and not before: a body that is never pulled holds nothing. */
  #open(): void {
    this.#state = 'open'
    const stages: Stage[] = []
    // Those that were made before one fails are closed.
    this.#stages = stages
    for (const make of this.#makers) {
      const stage = make()
      if (this.#isOver) {
        // Making it has closed the body.
        closeQuietly(stage)
        return
      }
      stages.push(stage)
    }
    // A copy has room for what it holds, and not for 17: 130 bytes a body.
    this.#stages = stages.slice()
    this.#mayWake = stages.some((stage) => stage.mayWake)
    if (!this.#mayWake && isDirect(this.#source)) this.#direct = this.#source
  }

  #step(): Pulled {
    if (this.#isOver) return undefined
    try {
      if (this.#state === 'new') this.#open()
      return this.#isOver ? undefined : this.#advance()
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Runs until there is a frame for the reader, or something to wait for. */
  #advance(): Pulled {
    for (;;) {
      const out = this.#turn()
      if (out !== undefined || this.#isOver) return out
      if (this.#wasKept() && this.#isTurnOver())
        return yieldTurn().then(() => this.#go(() => undefined))
    }
  }

  #wasKept(): boolean {
    const kept = this.#kept
    this.#kept = false
    return kept
  }

  #isTurnOver(): boolean {
    this.#sampler ??= new TurnSampler()
    return this.#sampler.isTurnOver()
  }

  #turn(): Pulled {
    const work = this.#work
    if (work === undefined) {
      const direct = this.#direct
      const pulled = direct === undefined ? this.#ask() : direct.pullFor(this)
      if (!isPromiseLike(pulled)) return this.#run(pulled ?? end, 0)
      if (direct !== undefined) return pulled
      // Made for the wait: a body that pauses keeps none of them, 150 bytes, and one that waits is no slower for it.
      return pulled.then(
        (frame) => this.arrived(frame),
        (error) => this.failed(error),
      )
    }
    if (work.frame === undefined) return this.#nextItem(work, work.items)
    this.#work = work.below
    return this.#run(work.frame, work.index)
  }

  #ask(): Pulled {
    if (this.#idle === undefined) {
      const pulled = this.#source.pull()
      if (!this.#mayWake || !isPromiseLike(pulled)) return pulled
      this.#idle = IdleWait.on(pulled, this.#stages)
      if (this.#idle === undefined) return pulled
    }
    const next = this.#idle.next()
    if (!isPromiseLike(next)) this.#idle = undefined
    return next
  }

  /** Sends a frame through the stages from `index` on; `undefined` where one of them kept it. */
  #run(given: AnyFrame, index: number): Pulled {
    const stages = this.#stages
    let frame = given
    let bytes = bytesIn(frame)
    // Changed bytes get a frame when somebody looks at it, and not from each stage: ten that change them make one.
    let isBare = false
    if (bytes !== undefined && bytes.length === 0) return this.#keep()
    // Before the stages: one that has ended at the trailers would drop it.
    if (this.#state === 'after trailers' && frame !== end) throw behindTrailers(frame)
    for (let i = index; i < stages.length; i++) {
      const stage = stages[i]
      if (stage === undefined) break
      let answer: Given<Item>
      let owed: AnyFrame | undefined
      if (bytes !== undefined) {
        if (isBare && stage.bytes === undefined) {
          frame = data(bytes)
          isBare = false
        }
        answer = stage.bytes === undefined ? stage.frame(frame) : stage.bytes.data(bytes)
        if (answer === bytes) continue
      } else {
        answer = frame === end ? stage.end() : answerTo(stage, frame)
        // A frame filter answers for the frame itself; what a byte filter lets go, and what comes at the end, goes first.
        if (stage.bytes === undefined && frame !== end) owed = frame
        else if (answer === undefined) continue
        // A step that has closed its own body: there is nobody left to take it.
        else if (this.#isOver) lose(frame)
        else this.#work = { index: i + 1, frame, items: undefined, below: this.#work }
        // The stage keeps it, or it waits behind what the stage gives.
        if (answer !== frame) observePause(frame)
      }
      if (answer === frame && !isBare) continue
      if (answer === undefined) return this.#keep()
      isBare = isByteArray(answer)
      if (isByteArray(answer)) bytes = answer
      else if (isFrame(answer)) {
        frame = answer
        bytes = bytesIn(frame)
      } else return this.#accept(answer, i + 1, owed)
      if (bytes !== undefined && bytes.length === 0) return this.#keep()
    }
    return this.#leave(bytes !== undefined && isBare ? data(bytes) : frame)
  }

  #keep(): undefined {
    this.#kept = true
    return undefined
  }

  /** What has come through all stages. */
  #leave(frame: AnyFrame): Pulled {
    switch (this.#state) {
      case 'new':
      case 'open':
        if (frame.kind === 'trailers') this.#state = 'after trailers'
        return frame === end ? this.#end(false) : frame
      case 'after trailers':
        if (frame === end) return this.#end(false)
        // A stage gave it at the end.
        throw behindTrailers(frame)
      case 'over':
        // A step has closed the body that it is a part of.
        return lose(frame)
    }
  }

  /**
   * Takes what a stage gave on to the stage at `index`; a promise is one of what `pull` gives.
   *
   * @param owed The frame that the stage answers for, for its receipt where the answer fails.
   */
  #accept(answer: Given<Item>, index: number, owed?: AnyFrame): Pulled {
    if (answer === undefined) return undefined
    if (isByteArray(answer)) return this.#run(data(answer), index)
    if (isFrame(answer)) return this.#run(answer, index)
    if (!isPromiseLike(answer)) {
      if (this.#isOver) {
        discard(answer, owed)
        return undefined
      }
      const items = itemsOf(answer, owed)
      this.#work = { index, frame: undefined, items, below: this.#work }
      return undefined
    }
    return answer.then(
      (later) => {
        if (!this.#isOver) return this.#go(() => this.#accept(later, index, owed))
        discard(later, owed)
        return undefined
      },
      (error) => {
        lose(owed, failedAt)
        return this.failed(error)
      },
    )
  }

  #nextItem(work: Work, items: Items): Pulled {
    let result: ReturnType<Items['next']>
    try {
      this.#running = items
      result = items.next()
      this.#running = undefined
    } catch (error) {
      this.#running = undefined
      this.#drop(work)
      items.failed()
      throw error
    }
    if (this.#isOver) return leaveLate(items, result)
    if (!isPromiseLike(result)) return this.#item(work, result)
    return result.then(
      (later) => {
        if (!this.#isOver) return this.#go(() => this.#item(work, later))
        if (later.done !== true) discard(later.value, undefined)
        return undefined
      },
      (error) => {
        this.#drop(work)
        items.failed()
        return this.failed(error)
      },
    )
  }

  #item(work: Work, result: IteratorResult<Item>): Pulled {
    if (result.done !== true) return this.#accept(result.value, work.index)
    this.#drop(work)
    return undefined
  }

  #drop(work: Work): void {
    if (this.#work === work) this.#work = work.below
  }

  /** Goes on after a wait. */
  #go(go: () => Pulled): Pulled {
    if (this.#isOver) return undefined
    try {
      return this.#found(go())
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** What a wait has come to; where that is no frame yet, it goes on. */
  #found(out: Pulled): Pulled {
    return out !== undefined || this.#isOver || this.#looping ? out : this.#goOn()
  }

  /** One loop and not a chain of promises: filters may keep what comes for long. */
  async #goOn(): Promise<AnyFrame | undefined> {
    this.#looping = true
    try {
      for (;;) {
        const out = await this.#step()
        if (out !== undefined || this.#isOver) return out
        if (this.#isTurnOver()) await yieldTurn()
      }
    } finally {
      this.#looping = false
    }
  }

  /** What the source has answered after a wait. */
  arrived(frame: AnyFrame | undefined): Pulled {
    if (this.#isOver) return lose(frame)
    try {
      if (frame === woken) return this.#found(this.#wake())
      this.#idle = undefined
      return this.#found(this.#run(frame ?? end, 0))
    } catch (error) {
      return this.#fail(error)
    }
  }

  #wake(): Pulled {
    const index = this.#idle?.due ?? 0
    return this.#accept(this.#stages[index]?.idle(), index + 1)
  }

  failed(error: unknown): Pulled {
    return this.#isOver ? undefined : this.#fail(error)
  }

  #fail(error: unknown): PromiseLike<never> {
    return failAfter(error, () => (this.#isOver ? undefined : this.#end(true)))
  }

  #end(early: boolean): undefined | PromiseLike<undefined> {
    this.#state = 'over'
    const left: Work[] = []
    for (let work = this.#work; work !== undefined; work = work.below)
      if (work.items === undefined || work.items !== this.#running) left.unshift(work)
    this.#work = undefined
    return closeAll([
      () => this.#idle?.close(),
      () => (early ? this.#source.close() : undefined),
      ...left.map(
        ({ frame, items }) =>
          () =>
            items === undefined ? lose(frame) : items.leave(),
      ),
      ...this.#stages.map((stage) => () => stage.close()),
    ])
  }
}
