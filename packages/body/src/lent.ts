import { BodyError } from './body-error.ts'
import { iteratePull } from './engine/iterate-pull.ts'
import { pullFrom, pulling } from './engine/pull.ts'
import type { AnyFrame, Body } from './frames.ts'

/**
 * The frames of a body for a `for await` that keeps no bytes: those of a frame are its own until it asks for the next one.
 *
 * A source that can then reads into the same memory again, as the content of `@sluice/server` does: an upload that is counted or
 * hashed costs no garbage. Frames of other sources, and those behind a filter, are as they always are. A write must be over
 * before the next frame is asked for, as `await file.write(frame.bytes)` of a `FileHandle` is: `stream.write`, `pipeline` and
 * `Readable.from` ask earlier, and would write other bytes.
 *
 * It is no body: whatever reads a body may keep its bytes, so filters, `collect` and all others refuse it.
 *
 * @throws {BodyError} `BODY_USED`, when the reading starts, when the body has been read before. `BODY_INVALID`, at the call of
 * `pullFrom`, when it is read as a body.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto'
 * import { isData, lent, toBody } from '@sluice/body'
 *
 * const hash = createHash('sha256')
 * for await (const frame of lent(toBody('content'))) if (isData(frame)) hash.update(frame.bytes)
 * if (!hash.digest('hex').startsWith('ed7002b4')) throw new Error('another content')
 * ```
 */
export const lent = <F extends AnyFrame>(body: Body<F>): AsyncIterable<F> => new LentFrames(body)

class LentFrames<F extends AnyFrame> implements AsyncIterable<F> {
  readonly #body: Body<F>

  constructor(body: Body<F>) {
    this.#body = body
  }

  [Symbol.asyncIterator](): AsyncIterator<F> {
    const source = pullFrom(this.#body)
    source.lend?.()
    return iteratePull(source)
  }

  /** Where readers of a body look first. */
  [pulling](): never {
    throw new BodyError(
      'BODY_INVALID',
      'Cannot read the body: found lent frames, wanted frames whose bytes may be kept',
    )
  }
}
