import { BodyError } from './body-error.ts'
import { iteratePull } from './engine/iterate-pull.ts'
import { pullFrom, pulling } from './engine/pull.ts'
import type { AnyFrame, Body } from './frames.ts'

/**
 * The frames of a body, for a `for await` that keeps no bytes: a frame's bytes are valid only until you ask for the next frame.
 *
 * This lets a source read into the same memory again, as the content of `@sluice/server` does: counting or hashing an upload then
 * makes no garbage. Other sources, and filters, give the same frames as without `lent`. A write must be over before you ask for
 * the next frame, as with `await file.write(frame.bytes)` of a `FileHandle`. `stream.write`, `pipeline` and `Readable.from` ask
 * for it earlier and would write other bytes.
 *
 * The result is not a body. Code that reads bodies may keep their bytes, so filters, `collect` and the like refuse it.
 *
 * @throws {BodyError} `BODY_USED`, when the reading starts, if the body has been read before. `BODY_INVALID`, if the result is
 * read as a body, at the call of `pullFrom`.
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

  /** Readers of a body look for this method first. */
  [pulling](): never {
    throw new BodyError(
      'BODY_INVALID',
      'Cannot read the body: found lent frames, wanted frames whose bytes may be kept',
    )
  }
}
