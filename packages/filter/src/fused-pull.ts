import { BodyError, data, isData, isFlush, isPromiseLike } from '@sluice/body'
import { closeAll } from './close-all.ts'
import { IdleWait, woken } from './idle-wait.ts'
import type { AnyFrame, Pull } from '@sluice/body'
import type { Stage } from './stage.ts'
import type { Given } from './steps.ts'

type Item = AnyFrame | Uint8Array
type Pulled = AnyFrame | undefined | PromiseLike<AnyFrame | undefined>
type Items = Iterator<Item> | AsyncIterator<Item>

/** What a stage has given and the stages from `index` on have not seen: a frame, or frames and bytes to be taken one by one. */
type Work =
  | { readonly index: number; readonly frame: AnyFrame; readonly items: undefined }
  | { readonly index: number; readonly frame: undefined; readonly items: Items }

/** The end of the source on its way through the stages. */
const end: AnyFrame = { kind: 'end of the source' }

/** So many turns without a frame for the reader, and others get theirs: one body must not starve the rest. */
const turnsAtOnce = 1024

/** Starts the loop over a source; what the stages do to the set of kinds is in the types of their filters. */
export function fusedPull<F extends AnyFrame>(
  source: Pull<F>,
  makeStages: () => readonly Stage[],
): Pull<F>
export function fusedPull(
  source: Pull<AnyFrame>,
  makeStages: () => readonly Stage[],
): Pull<AnyFrame> {
  return new FusedPull(source, makeStages)
}

/**
 * The pull loop of a source and the filters on it: a stage costs a call, a frame that is there at once no promise.
 *
 * What a stage gives beyond one frame waits on a stack, so that the stages after it see everything of it before it is
 * asked for more: nothing is held but what a step has given.
 */
class FusedPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #make: () => readonly Stage[]
  #stages: readonly Stage[] | undefined
  #idle: IdleWait | undefined
  readonly #work: Work[] = []
  #over = false

  constructor(source: Pull<AnyFrame>, make: () => readonly Stage[]) {
    this.#source = source
    this.#make = make
  }

  pull(): Pulled {
    if (this.#over) return undefined
    try {
      // Made here and not before: a body that is never pulled holds nothing.
      if (this.#stages === undefined) this.#open()
      return this.#advance()
    } catch (error) {
      return this.#fail(error)
    }
  }

  close(): void | PromiseLike<void> {
    if (this.#over) return
    return this.#end(true)
  }

  #open(): void {
    const stages = this.#make()
    this.#stages = stages
    if (stages.some((stage) => stage.idleMs !== undefined)) {
      this.#idle = new IdleWait(this.#source, stages)
    }
  }

  #advance(): Pulled {
    for (let turns = 0; turns < turnsAtOnce; turns++) {
      const work = this.#work[this.#work.length - 1]
      let out: Pulled
      if (work === undefined) {
        const pulled = this.#idle === undefined ? this.#source.pull() : this.#idle.pull()
        if (isPromiseLike(pulled)) return pulled.then(this.#arrived, this.#failed)
        out = this.#run(pulled ?? end, 0)
      } else if (work.frame !== undefined) {
        this.#work.pop()
        out = this.#run(work.frame, work.index)
      } else {
        const result = work.items.next()
        if (isPromiseLike(result)) {
          return result.then((later) => this.#later(() => this.#item(work, later)), this.#failed)
        }
        out = this.#item(work, result)
      }
      if (out !== undefined) return out === end ? this.#end(false) : out
    }
    return breathe().then(() => this.#later(() => undefined))
  }

  /** Sends a frame through the stages from `index` on; `undefined` where one of them kept it. */
  #run(given: AnyFrame, index: number): Pulled {
    const stages = this.#stages ?? []
    let frame = given
    for (let i = index; i < stages.length; i++) {
      const stage = stages[i]
      if (stage === undefined) break
      let answer: Given<Item>
      if (isData(frame)) {
        if (frame.bytes.length === 0) return undefined
        answer = stage.bytes === undefined ? stage.frame(frame) : stage.bytes.data(frame.bytes)
        if (answer === frame.bytes) continue
      } else {
        answer = frame === end ? stage.end() : stage.frame(frame)
        // A frame filter answers for the frame itself; what a byte filter lets go, and what comes at the end, goes first.
        if (stage.bytes !== undefined || frame === end) {
          if (answer === undefined) continue
          this.#work.push({ index: i + 1, frame, items: undefined })
        }
      }
      if (answer === frame) continue
      if (answer === undefined) return undefined
      if (isBytes(answer)) frame = data(answer)
      else if (isFrame(answer)) frame = answer
      else return this.#accept(answer, i + 1)
    }
    return isData(frame) && frame.bytes.length === 0 ? undefined : frame
  }

  /** Takes what a stage gave on to the stage at `index`; a promise is one of what `pull` gives. */
  #accept(answer: Given<Item>, index: number): Pulled {
    if (answer === undefined) return undefined
    if (isBytes(answer)) return this.#run(data(answer), index)
    if (isFrame(answer)) return this.#run(answer, index)
    if (isPromiseLike(answer)) {
      return answer.then((later) => this.#later(() => this.#accept(later, index)), this.#failed)
    }
    const items =
      Symbol.asyncIterator in answer ? answer[Symbol.asyncIterator]() : answer[Symbol.iterator]()
    this.#work.push({ index, frame: undefined, items })
    return undefined
  }

  #item(work: Work, result: IteratorResult<Item>): Pulled {
    if (result.done !== true) return this.#accept(result.value, work.index)
    this.#work.splice(this.#work.indexOf(work), 1)
    return undefined
  }

  /** Goes on after a wait. */
  #later(go: () => Pulled): Pulled {
    if (this.#over) return undefined
    try {
      const out = go()
      if (out === undefined) return this.#advance()
      return out === end ? this.#end(false) : out
    } catch (error) {
      return this.#fail(error)
    }
  }

  readonly #arrived = (frame: AnyFrame | undefined): Pulled =>
    this.#over
      ? lose(frame)
      : this.#later(() => (frame === woken ? this.#wake() : this.#run(frame ?? end, 0)))

  #wake(): Pulled {
    const index = this.#idle?.due ?? 0
    return this.#accept(this.#stages?.[index]?.idle(), index + 1)
  }

  readonly #failed = (error: unknown): Pulled => (this.#over ? undefined : this.#fail(error))

  /** Closes everything, then gives the error to the reader: at once, or when closing has to wait, in a promise. */
  #fail(error: unknown): PromiseLike<never> {
    let closing: undefined | PromiseLike<undefined>
    try {
      closing = this.#end(true)
    } catch {
      // The first error is the one that the reader is told.
    }
    if (!isPromiseLike(closing)) throw error
    const rethrow = () => {
      throw error
    }
    return closing.then(rethrow, rethrow)
  }

  #end(early: boolean): undefined | PromiseLike<undefined> {
    this.#over = true
    this.#idle?.close()
    lose(this.#idle?.untaken)
    const closings = this.#work.map((work) => () => {
      lose(work.frame)
      return work.items?.return?.()
    })
    this.#work.length = 0
    const source = () => (early ? this.#source.close() : undefined)
    return closeAll([
      source,
      ...closings,
      ...(this.#stages ?? []).map((stage) => () => stage.close()),
    ])
  }
}

/** A frame that nobody will see: whoever waits for its receipt is told. */
const lose = (frame: AnyFrame | undefined): undefined => {
  if (frame === undefined || !isFlush(frame)) return
  frame.sent?.(new BodyError('FLUSH_LOST', 'Cannot send the flush: the body was closed before it'))
}

const isBytes = (answer: object): answer is Uint8Array => ArrayBuffer.isView(answer)

const isFrame = (answer: object): answer is AnyFrame => 'kind' in answer

const breathe = () =>
  new Promise<void>((resolve) => {
    if ('setImmediate' in globalThis) setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
