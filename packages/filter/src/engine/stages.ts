import { data, isData } from '@sluice/body'
import {
  closeQuietly,
  isByteArray,
  isFrame,
  isPromiseLike,
  observePause,
} from '@sluice/body/engine'
import { discard, itemsOf, leaveLate } from './answer-items.ts'
import { behindTrailers } from './invalid-body.ts'
import { failedAt, lose } from './lose-item.ts'
import { PendingStack } from './pending-stack.ts'
import { answerTo } from './stage.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pulled } from '@sluice/body/engine'
import type { Given } from '../steps.ts'
import type { Item } from './lose-item.ts'
import type { PendingItems } from './pending-stack.ts'
import type { Stage } from './stage.ts'

/** The end of a body, as a frame of our own on its way through a loop; it never leaves one. */
export const end: AnyFrame = { kind: 'end' }

/** The loop that waits for a pass. */
export interface WaitingLoop {
  /** Runs the rest of a pass, then goes on. Not called once the stages are closed. */
  resume(pass: () => AnyFrame | undefined): Pulled<AnyFrame>
  failed(error: unknown): Pulled<AnyFrame>
}

/** Starts a wait; what was waited for goes to the loop. */
type Wait = (loop: WaitingLoop) => PromiseLike<AnyFrame | undefined>

const none: readonly Stage[] = []

/**
 * The stages of one body, and the synchronous pass through them.
 *
 * A pass (`take`, `next` or `wake`) returns a frame that has come through all stages. `undefined` means, in this order:
 *
 * - there is something to wait for (`takeWait`);
 * - a step has closed the body (`isClosed`);
 * - items of a stage wait to be taken on (`hasMore`, `next`);
 * - a stage kept the frame.
 */
export class Stages {
  #stages: readonly Stage[] = none
  readonly #pending = new PendingStack()
  #wait: Wait | undefined
  #state: 'open' | 'after trailers' | 'closed' = 'open'

  get all(): readonly Stage[] {
    return this.#stages
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  get hasMore(): boolean {
    return this.#pending.top !== undefined
  }

  /** Makes the stages. If one cannot be made, `close` closes those before it. */
  open(makers: readonly (() => Stage)[]): void {
    const stages: Stage[] = []
    this.#stages = stages
    for (const make of makers) {
      const stage = make()
      if (this.isClosed) {
        // Making it has closed the body.
        closeQuietly(stage)
        return
      }
      stages.push(stage)
    }
    // A copy takes less memory: it has no room for more than it holds.
    this.#stages = stages.slice()
  }

  /** Sends a frame of the source, or `end`, through all stages. */
  take(frame: AnyFrame): AnyFrame | undefined {
    return this.#run(frame, 0)
  }

  /** Sends what is on top of the stack through the stages after the one that gave it. */
  next(): AnyFrame | undefined {
    const pending = this.#pending.top
    if (pending === undefined) return undefined
    if (pending.items !== undefined) return this.#nextItem(pending)
    this.#pending.drop(pending)
    return this.#run(pending.frame, pending.index)
  }

  /** Wakes a stage whose idle time has come. */
  wake(index: number): AnyFrame | undefined {
    return this.#accept(this.#stages[index]?.idle(), index + 1)
  }

  takeWait(): Wait | undefined {
    const wait = this.#wait
    this.#wait = undefined
    return wait
  }

  /** Ends all passes. Returns what is to be closed, in this order. */
  close(): readonly (() => unknown)[] {
    this.#state = 'closed'
    const left = this.#pending.close()
    return [...left, ...this.#stages.map((stage) => () => stage.close())]
  }

  #run(frame: AnyFrame, index: number): AnyFrame | undefined {
    const bytes = isData(frame) ? frame.bytes : undefined
    if (bytes !== undefined && bytes.length === 0) return undefined
    // Before the stages: one that has ended at the trailers would drop it.
    if (this.#state === 'after trailers' && frame !== end) throw behindTrailers(frame)
    return bytes === undefined ? this.#runControl(frame, index) : this.#runData(frame, bytes, index)
  }

  /** Bytes that a stage has changed get a frame only where one is looked at: ten stages that change them make one. */
  #runData(given: AnyFrame, givenBytes: Uint8Array, index: number): AnyFrame | undefined {
    const stages = this.#stages
    let frame: AnyFrame | undefined = given
    let bytes = givenBytes
    for (let i = index; i < stages.length; i++) {
      const stage = stages[i]
      if (stage === undefined) break
      if (stage.byteSteps === undefined) {
        frame ??= data(bytes)
        const answer = stage.frame(frame)
        if (answer !== frame) return this.#accept(answer, i + 1)
        continue
      }
      const answer = stage.byteSteps.data(bytes)
      if (answer === bytes) continue
      if (!isByteArray(answer)) return this.#accept(answer, i + 1)
      if (answer.length === 0) return undefined
      bytes = answer
      frame = undefined
    }
    return this.#leave(frame ?? data(bytes))
  }

  #runControl(frame: AnyFrame, index: number): AnyFrame | undefined {
    const stages = this.#stages
    for (let i = index; i < stages.length; i++) {
      const stage = stages[i]
      if (stage === undefined) break
      const answer = frame === end ? stage.end() : answerTo(stage, frame)
      if (answer === frame) continue
      // A filter on frames answers for the frame itself.
      if (stage.byteSteps === undefined && frame !== end) {
        observePause(frame)
        return this.#accept(answer, i + 1, frame)
      }
      if (answer === undefined) continue
      // Bytes that a filter releases, and those that it adds at the end, leave before the frame.
      if (this.isClosed) lose(frame)
      else this.#pending.pushFrame(frame, i + 1)
      observePause(frame)
      return this.#accept(answer, i + 1)
    }
    return this.#leave(frame)
  }

  /** A frame that has come through all stages. */
  #leave(frame: AnyFrame): AnyFrame | undefined {
    switch (this.#state) {
      case 'open':
        if (frame.kind === 'trailers') this.#state = 'after trailers'
        return frame
      case 'after trailers':
        if (frame === end) return frame
        // A stage gave it at the end.
        throw behindTrailers(frame)
      case 'closed':
        // A step has closed the body that it is a part of.
        return lose(frame)
    }
  }

  /**
   * Takes what a stage gave on to the stage at `index`.
   *
   * @param owed The frame that the stage answers for. If the answer fails, its receipt gets `FLUSH_LOST`.
   */
  #accept(answer: Given<Item>, index: number, owed?: AnyFrame): AnyFrame | undefined {
    if (answer === undefined) return undefined
    if (isByteArray(answer)) return this.#run(data(answer), index)
    if (isFrame(answer)) return this.#run(answer, index)
    if (isPromiseLike(answer))
      this.#await(
        answer,
        (later) => this.#accept(later, index, owed),
        (later) => discard(later, owed),
        () => lose(owed, failedAt),
      )
    else if (this.isClosed) discard(answer, owed)
    else this.#pending.pushItems(itemsOf(answer, owed), index)
    return undefined
  }

  /** Waits for a part of a pass, which is `go`. If the stages were closed meanwhile, `late` disposes of what came. */
  #await<T>(
    promise: PromiseLike<T>,
    go: (value: T) => AnyFrame | undefined,
    late: (value: T) => unknown,
    failed: () => unknown,
  ): void {
    this.#wait = (loop) =>
      Promise.resolve(promise).then(
        (value) => {
          if (!this.isClosed) return loop.resume(() => go(value))
          late(value)
          return undefined
        },
        (error) => {
          failed()
          return loop.failed(error)
        },
      )
  }

  #nextItem(pending: PendingItems): AnyFrame | undefined {
    const result = this.#pending.ask(pending)
    if (this.isClosed) this.#wait = () => leaveLate(pending.items, result)
    else if (isPromiseLike(result))
      this.#await(
        result,
        (later) => this.#item(later, pending),
        (later) => later.done === true || discard(later.value, undefined),
        () => this.#pending.fail(pending),
      )
    else return this.#item(result, pending)
    return undefined
  }

  #item(result: IteratorResult<Item>, pending: PendingItems): AnyFrame | undefined {
    if (result.done !== true) return this.#accept(result.value, pending.index)
    this.#pending.drop(pending)
    return undefined
  }
}
