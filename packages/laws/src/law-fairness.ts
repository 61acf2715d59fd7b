import { data } from '@sluice/body'
import { fromPull, nextTurn } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { Deadline } from './deadline.ts'
import { describeFrames } from './describe.ts'
import { observe } from './observe.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { AnyFrame, Body, Pause } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'

/** The most frames that a filter may pull in one turn of the event loop for each pull of the reader: far more than fit into 10 ms. */
const mostInTurn = 20_000

/** The source then ends, for filters that hold all frames. */
const mostInAll = 22_000
const mostMs = 60

/** A filter that has yielded to the event loop this many times while the reader waited is known to be fair. */
const enoughTurns = 2

/** Frames that the reader pulls. A filter that passes each frame on is fair anyway. */
const asks = 8

/** Steps of useless work for each frame, so that even a fast machine takes more than a few milliseconds for all. */
const steps = 2000

export const fairness: Law = {
  number: 12,
  title: 'fairness',
  says: 'a body whose source never waits lets others have their turn',
  kinds: { marks: [] },
  async check() {},
  async atLast(under) {
    for (const bytes of await endlessBytes(under))
      for (const reader of ['pull', 'iterable'] as const)
        await takesTurns(under, data(bytes), reader)
    // Not by a plain iterable: only Sluice bodies yield for a plain generator that skips what it reads.
    for (const frame of skippedFrames(under)) await takesTurns(under, frame, 'pull')
  },
}

const endlessBytes = async (under: FilterUnderTest): Promise<readonly Uint8Array[]> => {
  const first = lastInputs(under)[0] ?? oneByte
  return under.inputs === undefined ? [first, oneByte, ...(await droppedBytes(under))] : [first]
}

/** Frames that produce no output. */
const skippedFrames = ({ drops }: FilterUnderTest): readonly AnyFrame[] => {
  const pause: Pause = { kind: 'pause', until: Promise.resolve() }
  const frames: AnyFrame[] = [data(new Uint8Array())]
  if (drops.has('flush')) frames.push({ kind: 'flush' })
  if (drops.has('pause')) frames.push(pause)
  if (drops.has('other')) frames.push({ kind: 'progress' })
  return frames
}

const oneByte = Uint8Array.of(97)

const mostDropped = 2

/** Bytes that produce no output, so that a filter may read through any number of them. */
const droppedBytes = async (under: FilterUnderTest): Promise<readonly Uint8Array[]> => {
  const dropped: Uint8Array[] = []
  for (const byte of [0, 10, 13, 32, 48, 60, 128, 255]) {
    const bytes = Uint8Array.of(byte)
    const { end, left } = await observe(under, plainScript(bytes))
    if (end.kind === 'end' && left.length === 0) dropped.push(bytes)
    if (dropped.length === mostDropped) break
  }
  return dropped
}

const takesTurns = async (
  under: FilterUnderTest,
  given: AnyFrame,
  kind: 'pull' | 'iterable',
): Promise<void> => {
  const endless = new Endless(given)
  const body: Body<AnyFrame> = kind === 'pull' ? fromPull(() => endless) : iterableOf(endless)
  const deadline = new Deadline(under.timeoutMs)
  const iterator = under.make()(body)[Symbol.asyncIterator]()
  try {
    for (let ask = 0; ask < asks && !endless.isUnfair; ask++) {
      endless.asked()
      const { done } = await deadline.wait(iterator.next())
      endless.answered()
      if (done === true) break
      await nextTurn()
    }
  } catch {
    // Other laws report a failure of the filter.
  }
  await Promise.resolve(iterator.return?.()).catch(() => {})
  deadline.clear()
  endless.close()
  if (!endless.isUnfair) return
  const frame = describeFrames([endless.frame]).join()
  throw new BrokenLaw(
    `it took ${mostInTurn} frames without a wait: timers and sockets had no turn of the event loop`,
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

/** A source without end. Counts the frames that are pulled in one turn. */
class Endless {
  readonly frame: AnyFrame
  isUnfair = false
  readonly #until = performance.now() + mostMs
  #inTurn = 0
  #turns = 0
  #isAsked = false
  #isCounting = false
  #inAll = 0
  #over = false

  constructor(frame: AnyFrame) {
    this.frame = frame
  }

  /** Restarts the count: call it for each pull of the reader. Each turn restarts it too. */
  asked(): void {
    this.#inTurn = 0
    this.#isAsked = true
    if (this.#isCounting) return
    this.#isCounting = true
    this.#nextTurn()
  }

  answered(): void {
    this.#isAsked = false
  }

  #nextTurn(): void {
    nextTurn().then(() => {
      // It has yielded while the reader waited, so it will again.
      if (this.#isAsked && this.#inTurn > 0 && ++this.#turns === enoughTurns) this.#over = true
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
