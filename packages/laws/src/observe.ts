import { isPause } from '@sluice/body'
import { isPromiseLike, nextTurn, pulling } from '@sluice/body/engine'
import { Deadline, Late } from './deadline.ts'
import { describeError, describeFrames } from './describe.ts'
import { Observation } from './observation.ts'
import { openReading } from './reading.ts'
import type { AnyFrame, Body, Pause } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing } from './observation.ts'
import type { Reading } from './reading.ts'

/** Gives a body to a new filter and reads the result as a server does: waits for pauses, calls receipts. Never fails. */
export const observe = async (under: FilterUnderTest, doing: Doing): Promise<Observation> => {
  const seen = new Observation(doing)
  await observeIn(seen, under)
  return seen
}

/** As `observe`, for callers that look at the observation before it is complete. */
export const observeIn = async (seen: Observation, under: FilterUnderTest): Promise<void> => {
  const deadline = new Deadline(under.timeoutMs)
  let reading: Reading | undefined
  let body: Body<AnyFrame> | undefined
  try {
    body = under.make()(seen.source.body)
    seen.byteLength = body.byteLength
    seen.offersPull = pulling in body
    reading = openReading(body, seen.doing.reader)
    await new Observing(seen, reading, deadline).run()
  } catch (error) {
    seen.end = { kind: 'failed', error }
  }
  seen.byteLengthAfter = body?.byteLength
  deadline.clear()
}

/** Yields to the event loop after this many frames. */
const framesAtOnce = 512

/** The result of `#next` when the source has stalled. */
const stall: AnyFrame = { kind: 'stall' }

class Observing {
  readonly #seen: Observation
  readonly #reading: Reading
  readonly #deadline: Deadline

  constructor(seen: Observation, reading: Reading, deadline: Deadline) {
    this.#seen = seen
    this.#reading = reading
    this.#deadline = deadline
  }

  async run(): Promise<void> {
    const seen = this.#seen
    try {
      seen.end = { kind: await this.#frames() }
    } catch (error) {
      const isLate = error instanceof Late // error handling
      seen.end = isLate ? { kind: 'late' } : { kind: 'failed', error }
    }
    seen.tellLate()
    const isOver = seen.end.kind === 'end' || seen.end.kind === 'failed'
    for (let times = 0; isOver && times < 2; times++) await this.#askAgain()
    if (isOver && seen.doing.asksNoMore === true) return
    try {
      await this.#letGo(isOver)
    } catch (error) {
      seen.closeFailure = describeError(error)
    }
  }

  async #frames(): Promise<'end' | 'left' | 'stalled'> {
    const seen = this.#seen
    for (let turns = 1; ; turns++) {
      if (seen.left.length === seen.doing.leavesAfter) return 'left'
      if (turns % framesAtOnce === 0) await this.#deadline.wait(nextTurn())
      const frame = await this.#next()
      if (frame === stall) return 'stalled'
      if (frame === undefined) return 'end'
      seen.take(frame)
      if (seen.doing.rests === true) await rest()
      if (!isPause(frame)) continue
      if (seen.doing.leavesInPause === true) {
        frame.until.then(undefined, () => {})
        return 'left'
      }
      await this.#pause(frame)
    }
  }

  async #next(): Promise<AnyFrame | undefined> {
    const { source, doing } = this.#seen
    source.asked = true
    source.asks++
    try {
      const answer = this.#reading.next()
      if (!isPromiseLike(answer)) return answer
      if (doing.stallsAt === undefined || doing.waits === true)
        return await this.#deadline.wait(answer)
      return await this.#deadline.wait(Promise.race([answer, this.#stall()]))
    } finally {
      source.asked = false
    }
  }

  /** Waits until the source stalls, and a little longer for what may still leave. Waits for ever if the frame of `wants` is missing. */
  async #stall(): Promise<AnyFrame> {
    const { doing, source, left } = this.#seen
    await source.stalled
    await rest()
    const isThere = doing.wants === undefined || left.some(({ kind }) => kind === doing.wants)
    return isThere ? stall : new Promise(() => {})
  }

  async #pause({ until }: Pause): Promise<void> {
    try {
      await this.#deadline.wait(until)
    } catch (error) {
      await this.#deadline.wait(Promise.resolve(this.#reading.leave()))
      throw error
    }
  }

  async #askAgain(): Promise<void> {
    if (this.#seen.doing.asksNoMore === true) return
    const { source, after } = this.#seen
    source.asked = true
    source.asks++
    try {
      const frame = await this.#deadline.wait(Promise.resolve(this.#reading.next()))
      if (frame !== undefined) after.push(...describeFrames([frame]))
    } catch (error) {
      after.push(describeError(error))
    }
    source.asked = false
  }

  async #letGo(isOver: boolean): Promise<void> {
    const seen = this.#seen
    const { source } = seen
    // A filter that fails by itself may close its source after it has failed.
    if (isOver && !source.ended) await rest()
    seen.closes = source.closes
    const leaving = Promise.resolve(this.#reading.leave())
    // It is awaited below, perhaps not at all.
    leaving.catch(() => {})
    if (seen.end.kind === 'stalled') await rest()
    seen.closesAtStall = source.closes
    // Another check reports a filter whose closing waits for the source.
    if (seen.doing.neverAnswers === true) return
    source.release()
    await this.#deadline.wait(leaving)
    if (isOver) return
    seen.closes = source.closes
    await this.#deadline.wait(Promise.resolve(this.#reading.leave()))
    await this.#askAgain()
  }
}

/** Waits until pending callbacks have run. */
export const rest = async (): Promise<void> => {
  await nextTurn()
  await nextTurn()
}
