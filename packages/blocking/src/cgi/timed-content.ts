import { fromPull, isPromiseLike, pullFrom, timerMs } from '@sluice/body/engine'
import { clientTimeout } from '../errors.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'

/** Content that fails with `CLIENT_TIMEOUT` if its client sends nothing for so many milliseconds while more is awaited. */
export const timedContent = (body: Body<AnyFrame>, idleTimeoutMs: number): Body<AnyFrame> =>
  idleTimeoutMs === Number.POSITIVE_INFINITY
    ? body
    : fromPull(() => new TimedPull(pullFrom(body), idleTimeoutMs), body.byteLength)

class TimedPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #idleTimeoutMs: number

  constructor(source: Pull<AnyFrame>, idleTimeoutMs: number) {
    this.#source = source
    this.#idleTimeoutMs = idleTimeoutMs
  }

  pull(): Pulled<AnyFrame> {
    const frame = this.#source.pull()
    return isPromiseLike(frame) ? this.#inTime(frame) : frame
  }

  close(): void | PromiseLike<void> {
    return this.#source.close()
  }

  #inTime(frame: PromiseLike<AnyFrame | undefined>): Promise<AnyFrame | undefined> {
    return new Promise((resolve, reject) => {
      const late = () => reject(clientTimeout('read the content', this.#idleTimeoutMs))
      const timer = setTimeout(late, timerMs(this.#idleTimeoutMs))
      const settled = () => clearTimeout(timer)
      frame.then(resolve, reject)
      frame.then(settled, settled)
    })
  }
}
