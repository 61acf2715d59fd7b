import { fromPull, pullFrom, pullThen } from '@sluice/body/engine'
import { loopWatch } from './loop-watch.ts'
import type { Body, Frame } from '@sluice/body'
import type { Pull, Pulled, PullNext } from '@sluice/body/engine'
import type { WatchedRequest } from './watched-request.ts'

/** A body whose pulls are timed. It holds nothing; the request is over when it has ended, failed or was closed. */
export const watchedBody = (body: Body, watched: WatchedRequest): Body =>
  fromPull(() => new WatchedPull(pullFrom(body), watched), body.byteLength)

class WatchedPull implements Pull<Frame>, PullNext<Frame> {
  readonly #source: Pull<Frame>
  readonly #watched: WatchedRequest
  #next: PullNext<Frame> | undefined

  constructor(source: Pull<Frame>, watched: WatchedRequest) {
    this.#source = source
    this.#watched = watched
  }

  pull(): Pulled<Frame> {
    return this.#pull(undefined)
  }

  pullThen(next: PullNext<Frame>): Pulled<Frame> {
    return this.#pull(next)
  }

  close(): void | PromiseLike<void> {
    loopWatch.over(this.#watched)
    return this.#source.close()
  }

  whole(byteLength: number): Uint8Array | string | undefined {
    const whole = this.#source.whole?.(byteLength)
    if (whole !== undefined) loopWatch.over(this.#watched)
    return whole
  }

  arrived(frame: Frame | undefined): Pulled<Frame> {
    if (frame === undefined) loopWatch.over(this.#watched)
    const next = this.#next
    if (next === undefined) return frame
    if (!loopWatch.isFollowing) return next.arrived(frame)
    return loopWatch.runOutside(() => next.arrived(frame))
  }

  failed(error: unknown): Pulled<Frame> {
    loopWatch.over(this.#watched)
    const next = this.#next
    if (next === undefined) throw error
    return loopWatch.runOutside(() => next.failed(error))
  }

  #pull(next: PullNext<Frame> | undefined): Pulled<Frame> {
    this.#next = next
    try {
      const pulled = loopWatch.run(this.#watched, 'body', pullSource, this)
      if (pulled === undefined) loopWatch.over(this.#watched)
      return pulled
    } catch (error) {
      loopWatch.over(this.#watched)
      throw error
    }
  }

  /** For `pullSource`: a function that needs no closure for each pull. */
  static pullSource(this: void, pull: WatchedPull): Pulled<Frame> {
    return pullThen(pull.#source, pull)
  }
}

const { pullSource } = WatchedPull
