import { foundIn, isByteArray, isObject, noBytes } from '@sluice/body/engine'
import { errorRecord } from '../channel/error-record.ts'
import { record } from '../channel/record.ts'
import { blockingError } from '../errors.ts'
import { releaseOf } from '../release.ts'
import { FilterLink } from './filter-link.ts'
import { functionOf } from './function-of.ts'
import { isIterable } from './is-iterable.ts'
import { refuseLater, refusePromise } from './would-wait.ts'
import type { FilterStart } from '../task.ts'
import type { BlockingRelease, BlockingSteps } from '../types.ts'

/** The filter of one body, on its thread. */
export class FilterSession {
  readonly #start: FilterStart
  readonly #link: FilterLink
  #steps: BlockingSteps | undefined

  constructor(start: FilterStart) {
    this.#start = start
    this.#link = new FilterLink(start.memory)
  }

  /** Runs until the body is over. Never rejects: an error crosses in its place. */
  async run(): Promise<void> {
    try {
      const make = await this.#link.waitFor(functionOf(this.#start))
      this.#steps = stepsOf(make(this.#start.given))
      await this.#serve(this.#steps)
      this.#close()
    } catch (error) {
      this.#closeQuietly()
      await this.#link.write(record.error, errorRecord(error))
    }
    this.#link.end()
  }

  async #serve(steps: BlockingSteps): Promise<void> {
    const link = this.#link
    for (;;) {
      switch (await link.nextKind()) {
        case record.data:
          await this.#give(steps.data(link.take()))
          break
        case record.mark:
          await this.#release(steps, releaseOf(link.take()))
          await link.write(record.mark, noBytes)
          break
        case record.end:
          await this.#release(steps, 'end')
          this.#close()
          return link.write(record.end, noBytes)
        default:
          return
      }
      await link.handled()
    }
  }

  #release(steps: BlockingSteps, why: BlockingRelease): void | Promise<void> {
    return steps.release === undefined ? undefined : this.#give(steps.release(why))
  }

  async #give(given: unknown): Promise<void> {
    if (given === undefined) return
    if (isByteArray(given)) return void (await this.#link.writeData(given))
    refuseLater(given)
    if (!isIterable(given)) throw invalid('the output of a filter', given, 'bytes')
    for (const piece of given) {
      if (!isByteArray(piece)) throw invalidPiece(piece)
      // Leaving the loop closes the iterator.
      if (!(await this.#link.writeData(piece))) return
    }
  }

  #close(): void {
    const steps = this.#steps
    this.#steps = undefined
    const closed: unknown = steps?.close?.()
    refusePromise(closed)
  }

  #closeQuietly(): void {
    try {
      this.#close()
    } catch {
      // The reader gets the first error.
    }
  }
}

const stepsOf = (made: unknown): BlockingSteps => {
  if (isSteps(made)) return made
  refuseLater(made)
  throw invalid('the filter', made, 'an object with a function data')
}

const isSteps = (made: unknown): made is BlockingSteps =>
  isObject(made) && 'data' in made && typeof made.data === 'function'

const invalidPiece = (piece: unknown) => {
  refuseLater(piece)
  return invalid('the output of a filter', piece, 'bytes')
}

const invalid = (what: string, found: unknown, wanted: string) =>
  blockingError(
    'WORKER_RESULT_INVALID',
    `Cannot use ${what}: found ${foundIn(found)}, wanted ${wanted}`,
  )
