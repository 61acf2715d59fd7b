import { isPromiseLike, PullLoop, pullThen } from '@sluice/body/engine'
import { closeAll, failAfter } from './close-all.ts'
import { IdleWait, woken } from './idle-wait.ts'
import { lose } from './lose-item.ts'
import { end, Stages } from './stages.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull, Pulled, PullNext } from '@sluice/body/engine'
import type { Stage } from './stage.ts'
import type { WaitingLoop } from './stages.ts'

// The engine of filters: neighbouring filters on a body run in one loop, so that a filter costs a call a frame and no promise.
//
// `filter` and `frameFilter` make a `Stage` of an author's steps. `fuse` (fused-body.ts) adds a stage to a body; if the body has
// filters already, the new stage joins their list. When the body is read, `FusedPull` asks its source for a frame and sends it
// through `Stages`, which is synchronous; everything that waits is here: for the source, for an answer of a stage, for items of
// an answer, for a stage that wants to be woken (idle-wait.ts), for the next turn of the event loop.
//
// What a stage gives beyond one frame waits on a stack (pending-stack.ts). The stages after it see all of it before that stage, or the
// source, is asked for more: nothing is held but what a step has given, and order never changes.
//
// A body ends once: at the end of the source, by `close()`, or by an error. Then the stack is disposed of and every stage is closed,
// and so is the source unless it ended by itself. An error is thrown, or rejects the promise if closing has to wait; errors of
// closing after it are ignored. Any step may close its own body while it runs: whatever is on its way is then disposed of.

/** Starts the loop over a source. The types of the filters say what the stages do to the set of kinds. */
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

class FusedPull implements Pull<AnyFrame>, PullNext<AnyFrame>, WaitingLoop {
  readonly #source: Pull<AnyFrame>
  readonly #makers: readonly (() => Stage)[]
  readonly #stages = new Stages()
  #isOpen = false
  #mayWake = false
  /** Only while a stage wants to be woken. */
  #idle: IdleWait | undefined
  /** Made after a wait, or once two passes in a row give no frame: the reader, which samples after each frame, covers one. */
  #loop: PullLoop | undefined

  constructor(source: Pull<AnyFrame>, makers: readonly (() => Stage)[]) {
    this.#source = source
    this.#makers = makers
  }

  pull(): Pulled<AnyFrame> {
    // Not by a private getter, which is slower on Node 20.
    if (this.#stages.isClosed) return undefined
    try {
      if (!this.#isOpen) this.#open()
      return this.#stages.isClosed ? undefined : this.#advance()
    } catch (error) {
      return this.#fail(error)
    }
  }

  close(): void | PromiseLike<void> {
    return this.#end(true)
  }

  /** Stages are made at the first pull: a body that is never pulled holds none. */
  #open(): void {
    this.#isOpen = true
    this.#stages.open(this.#makers)
    this.#mayWake = this.#stages.all.some((stage) => stage.mayWake)
  }

  /** Runs until there is a frame for the reader, or something to wait for. */
  #advance(): Pulled<AnyFrame> {
    const stages = this.#stages
    for (let isFirst = true; ; isFirst = false) {
      let passed: AnyFrame | undefined
      if (stages.hasMore) passed = stages.next()
      else {
        const pulled = this.#ask()
        if (isPromiseLike(pulled)) return pulled
        passed = stages.take(pulled ?? end)
      }
      const found = this.#outcome(passed)
      if (found !== undefined || stages.isClosed) return found
      if (isFirst) continue
      this.#loop ??= new PullLoop()
      if (this.#loop.isTurnOver()) return this.#goOn(true)
    }
  }

  #goOn(isTurnOver: boolean): Promise<AnyFrame | undefined> {
    this.#loop ??= new PullLoop()
    return this.#loop.run(this, () => this.#stages.isClosed, isTurnOver)
  }

  /** Asks the source; a promise is one of what `arrived` or `failed` gives. */
  #ask(): Pulled<AnyFrame> {
    return this.#mayWake ? this.#askIdle() : pullThen(this.#source, this)
  }

  #askIdle(): Pulled<AnyFrame> {
    if (this.#idle === undefined) {
      const pulled = this.#source.pull()
      if (!isPromiseLike(pulled)) return pulled
      this.#idle = IdleWait.on(pulled, this.#stages.all)
      if (this.#idle === undefined) return this.#await(pulled)
    }
    const next = this.#idle.next()
    if (isPromiseLike(next)) return this.#await(next)
    this.#idle = undefined
    return next
  }

  /** The functions are made for the wait, so that a body that pauses keeps none of them in memory. */
  #await(pulled: PromiseLike<AnyFrame | undefined>): PromiseLike<AnyFrame | undefined> {
    return Promise.resolve(pulled).then(
      (frame) => this.arrived(frame),
      (error) => this.failed(error),
    )
  }

  /** The source has answered after a wait, or a stage is to be woken. */
  arrived(frame: AnyFrame | undefined): Pulled<AnyFrame> {
    if (this.#stages.isClosed) return lose(frame)
    if (frame === woken) return this.resume(() => this.#stages.wake(this.#idle?.due ?? 0))
    this.#idle = undefined
    try {
      return this.#found(this.#stages.take(frame ?? end))
    } catch (error) {
      return this.#fail(error)
    }
  }

  resume(pass: () => AnyFrame | undefined): Pulled<AnyFrame> {
    try {
      return this.#found(pass())
    } catch (error) {
      return this.#fail(error)
    }
  }

  failed(error: unknown): Pulled<AnyFrame> {
    return this.#stages.isClosed ? undefined : this.#fail(error)
  }

  /** What a pass after a wait has come to; if that is no frame, the loop goes on. */
  #found(passed: AnyFrame | undefined): Pulled<AnyFrame> {
    const found = this.#outcome(passed)
    if (found !== undefined || this.#stages.isClosed || this.#loop?.isRunning) return found
    return this.#goOn(false)
  }

  /** What a pass has come to: a frame, the end, or a wait; `undefined`, unless the stages are closed, if the loop is to go on. */
  #outcome(passed: AnyFrame | undefined): Pulled<AnyFrame> {
    if (passed === end) return this.#end(false)
    return passed ?? this.#stages.takeWait()?.(this)
  }

  #fail(error: unknown): PromiseLike<never> {
    return failAfter(error, () => this.#end(true))
  }

  #end(early: boolean): undefined | PromiseLike<undefined> {
    if (this.#stages.isClosed) return undefined
    const closings = this.#stages.close()
    return closeAll([
      () => this.#idle?.close(),
      () => (early ? this.#source.close() : undefined),
      ...closings,
    ])
  }
}
