import { Readable } from 'node:stream'
import { closeBody } from '@sluice/body'
import { isPromiseLike, pullFrom } from '@sluice/body/engine'
import { whenSettled } from '@sluice/stack/host'
import { errorOf, ReadableSink } from './readable-sink.ts'
import type { AnyFrame, Body } from '@sluice/body'

/**
 * Makes a Node `Readable` of a body, for libraries that take one.
 *
 * Nothing is pulled before the stream is read. A flush is the event `flush`, and trailers are the event `trailers` with their
 * `Fields`. Both come when the data before them was taken from the stream, and the receipt of a flush is settled then; nothing is
 * pulled until then. Code that does not listen loses nothing but the hint. A pause delays what comes after it. An error of the body
 * destroys the stream. Destroying the stream closes the body, once, also if it was never read.
 *
 * @throws {BodyError} As the event `error`: `BODY_USED` if the body has been read before; `BODY_INVALID` if it yields what is not a frame.
 *
 * @example
 * import { toBody } from '@sluice/body'
 * import { toReadable } from '@sluice/node'
 *
 * let content = ''
 * for await (const chunk of toReadable(toBody('hello'))) content += chunk
 * if (content !== 'hello') throw new Error('lost')
 */
export const toReadable = (body: Body<AnyFrame>): Readable => new BodyReadable(body)

class BodyReadable extends Readable {
  readonly #body: Body<AnyFrame>
  /** Made when the stream is first read. */
  #sink: ReadableSink | undefined

  constructor(body: Body<AnyFrame>) {
    super()
    this.#body = body
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    if (this.readableLength === 0) this.#sink?.taken()
    return chunk
  }

  override _read(): void {
    try {
      this.#sink ??= new ReadableSink(this, pullFrom(this.#body))
      this.#sink.wanted()
    } catch (error) {
      this.destroy(errorOf(error))
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const closing = this.#sink === undefined ? closeBody(this.#body) : this.#sink.close()
    if (!isPromiseLike(closing)) return done(error)
    whenSettled(
      closing,
      () => done(error),
      (failure) => done(error ?? errorOf(failure)),
    )
  }
}
