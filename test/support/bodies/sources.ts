import { fromPull } from '@sluice/body/engine'
import { deferred } from '../within.ts'
import type { AnyFrame } from '@sluice/body'
import type { PullBody } from '@sluice/body/engine'
import type { Deferred } from '../within.ts'

/** A body, and what was done to it. */
export interface Watched<F extends AnyFrame> {
  readonly body: PullBody<F>
  /** How often a frame was asked for. */
  readonly pulls: number
  readonly closes: number
  /** Whether it has given all, or its error. */
  readonly ended: boolean
}

export interface WatchedOptions {
  /** Whether every answer is a promise. */
  readonly later?: boolean
  /** What the source throws, or rejects with, after the frames; it ends otherwise. */
  readonly error?: unknown
  /** What closing throws, or rejects with where answers are promises. */
  readonly closeError?: unknown
  readonly byteLength?: number
}

/** A source that gives these frames and counts what it was asked. */
export const watched = <F extends AnyFrame>(
  frames: Iterable<F>,
  options: WatchedOptions = {},
): Watched<F> => {
  const seen = { pulls: 0, closes: 0, ended: false }
  const { later = false } = options
  const fail = (error: unknown) => {
    if (later) return Promise.reject(error)
    throw error
  }
  const body = fromPull<F>(() => {
    const iterator = frames[Symbol.iterator]()
    let over = false
    return {
      pull() {
        seen.pulls++
        const next = over ? undefined : iterator.next()
        const frame = next === undefined || next.done === true ? undefined : next.value
        if (frame === undefined && !over) {
          over = true
          seen.ended = true
          if ('error' in options) return fail(options.error)
        }
        return later ? Promise.resolve(frame) : frame
      },
      close() {
        seen.closes++
        over = true
        if ('closeError' in options) return fail(options.closeError)
        return later ? Promise.resolve() : undefined
      },
    }
  }, options.byteLength)
  return {
    body,
    get pulls() {
      return seen.pulls
    },
    get closes() {
      return seen.closes
    },
    get ended() {
      return seen.ended
    },
  }
}

/** A source that gives a frame when the test says so: every `pull` waits for `give`, `end` or `fail`. */
export interface HandFed<F extends AnyFrame> extends Omit<Watched<F>, 'ended'> {
  /** Whether a pull is waiting. */
  readonly waiting: boolean
  give(frame: F): void
  end(): void
  fail(error: unknown): void
}

export const handFed = <F extends AnyFrame>(): HandFed<F> => {
  const seen = { pulls: 0, closes: 0 }
  let pending: Deferred<F | undefined> | undefined
  const take = () => {
    const waiting = pending
    if (waiting === undefined) throw new Error('Cannot feed the source: nobody has pulled')
    pending = undefined
    return waiting
  }
  const body = fromPull<F>(() => ({
    pull() {
      seen.pulls++
      if (pending !== undefined) throw new Error('Cannot pull twice at once')
      pending = deferred<F | undefined>()
      return pending.promise
    },
    close() {
      seen.closes++
    },
  }))
  return {
    body,
    get pulls() {
      return seen.pulls
    },
    get closes() {
      return seen.closes
    },
    get waiting() {
      return pending !== undefined
    },
    give: (frame) => take().resolve(frame),
    end: () => take().resolve(undefined),
    fail: (error) => take().reject(error),
  }
}
