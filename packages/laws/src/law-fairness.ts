import { breathe, data, fromPull } from '@sluice/body'
import { Broken } from './broken.ts'
import { Deadline } from './deadline.ts'
import { describeFrames } from './describe.ts'
import { lastInputs } from './scripts.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Law } from './law.ts'
import type { Under } from './under.ts'

/** Frames that may be taken in one turn of the event loop for one that the reader asks for: many times what fits into 10 ms. */
const mostInTurn = 20_000

/** A filter that holds all frames gets no more than this. */
const mostInAll = 22_000
const mostMs = 60

/** Frames that the reader asks for: a filter that passes each frame on is fair without doing more. */
const asks = 8

/** Idle steps for each frame, so that no machine takes all frames in a few milliseconds. */
const steps = 2000

export const fairness: Law = {
  number: 12,
  title: 'fairness',
  says: 'a body whose source never waits lets others have their turn',
  kinds: { marks: [] },
  async check() {},
  async atLast(under) {
    for (const reader of ['pull', 'iterable'] as const) await takesTurns(under, reader)
  },
}

const takesTurns = async (under: Under, kind: 'pull' | 'iterable'): Promise<void> => {
  const endless = new Endless(lastInputs(under)[0] ?? Uint8Array.of(97))
  const body: Body<AnyFrame> = kind === 'pull' ? fromPull(() => endless) : iterableOf(endless)
  const deadline = new Deadline(under.timeoutMs)
  const iterator = under.make()(body)[Symbol.asyncIterator]()
  try {
    for (let ask = 0; ask < asks && !endless.isUnfair; ask++) {
      endless.asked()
      const { done } = await deadline.wait(iterator.next())
      if (done === true) break
      await breathe()
    }
  } catch {
    // Other laws report its failure.
  }
  await Promise.resolve(iterator.return?.()).catch(() => {})
  deadline.clear()
  endless.close()
  if (!endless.isUnfair) return
  const frame = describeFrames([endless.frame]).join()
  throw new Broken(
    `it took ${mostInTurn} frames without a wait, and the event loop had no turn: timers and sockets wait for it`,
    { givenText: `${frame} | ${frame} | … without end`, leftText: 'nothing' },
  )
}

/** Only an async iterable, like a generator that never waits. */
const iterableOf = (endless: Endless): Body<AnyFrame> => ({
  [Symbol.asyncIterator]: () => ({
    async next() {
      const value = endless.pull()
      return value === undefined ? { done: true, value } : { done: false, value }
    },
    async return() {
      endless.close()
      return { done: true, value: undefined }
    },
  }),
})

/** Always has one more frame; counts those that are taken in one turn. */
class Endless {
  readonly frame: AnyFrame
  isUnfair = false
  readonly #until = performance.now() + mostMs
  #inTurn = 0
  #isCounting = false
  #inAll = 0
  #over = false

  constructor(bytes: Uint8Array) {
    this.frame = data(bytes)
  }

  /** Restarts the count for each frame that the reader asks for, and in each turn. */
  asked(): void {
    this.#inTurn = 0
    if (this.#isCounting) return
    this.#isCounting = true
    this.#nextTurn()
  }

  #nextTurn(): void {
    breathe().then(() => {
      this.#inTurn = 0
      if (!this.#over) this.#nextTurn()
    })
  }

  pull(): AnyFrame | undefined {
    if (this.#over) return undefined
    if (++this.#inTurn > mostInTurn) this.isUnfair = true
    const isLong = this.#inTurn === 1 && performance.now() > this.#until
    if (this.isUnfair || isLong || ++this.#inAll > mostInAll) this.#over = true
    if (this.#over) return undefined
    spin()
    return this.frame
  }

  close(): void {
    this.#over = true
  }
}

let sink = 0

/** Works for a few microseconds. */
const spin = (): void => {
  for (let step = 0; step < steps; step++) sink = (sink * 31 + step) | 0
}
