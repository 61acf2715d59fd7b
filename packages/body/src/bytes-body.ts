import { data } from './bytes.ts'
import { bodyUsed } from './claim.ts'
import { iteratePull } from './iterate-pull.ts'
import { pulling } from './pull.ts'
import type { Body, Data, Frame } from './frames.ts'
import type { Pull, PullBody } from './pull.ts'

/** A body of bytes that are there. */
export const ofBytes = (bytes: Uint8Array): Body => new BytesBody(bytes)

/**
 * It is its own pull: most answers of small servers are such a body, and it is the one object that each of them costs.
 */
class BytesBody implements PullBody<Frame>, Pull<Frame> {
  readonly byteLength: number
  #bytes: Uint8Array | undefined
  #started = false

  constructor(bytes: Uint8Array) {
    this.byteLength = bytes.length
    this.#bytes = bytes
  }

  [pulling](): Pull<Frame> {
    if (this.#started) throw bodyUsed()
    this.#started = true
    return this
  }

  pull(): Data | undefined {
    const bytes = this.#bytes
    this.#bytes = undefined
    return bytes === undefined || bytes.length === 0 ? undefined : data(bytes)
  }

  close(): void {
    this.#bytes = undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return iteratePull(this[pulling]())
  }
}
