import { BodyError } from './body-error.ts'
import { ByteQueue } from './byte-queue.ts'
import { data } from './bytes.ts'
import { checkCount } from './limits.ts'
import { endAfterTrailers, nextContent } from './next-data.ts'
import { fromPull, pullFrom } from './pull.ts'
import type { AnyFrame, Body, Data, Fields, Trailers } from './frames.ts'
import type { Pull } from './pull.ts'

export interface LineOptions {
  /** Bytes that a line may have, its end not counted; 64 KiB by default. */
  readonly maxBytes?: number
}

/** A cursor over a body. One call at a time. */
export interface Reader<F extends AnyFrame> {
  /** What has arrived, waiting for no more than the first byte; at most `maxBytes`; `undefined` at the end. */
  read(maxBytes?: number): Promise<Uint8Array | undefined>
  /** Exactly `byteLength` bytes. @throws {BodyError} `BODY_ENDED_EARLY` when there are fewer. */
  readExactly(byteLength: number): Promise<Uint8Array>
  /** The next line as UTF-8 without its LF or CRLF, also a last one without; `undefined` at the end. @throws {BodyError} `LINE_TOO_LONG`. */
  readLine(options?: LineOptions): Promise<string | undefined>
  /** All lines to come. Leaving the loop early closes the body. */
  lines(options?: LineOptions): AsyncIterableIterator<string>
  /** The next bytes without taking them: `byteLength` of them, or fewer where the body ends before. */
  peek(byteLength: number): Promise<Uint8Array>
  /** The remaining body, beginning with what is held here. The reader is done with it. */
  rest(): Body<F | Data | Trailers>
  /** The trailers, once they have been read; `undefined` before, and where there are none. */
  readonly trailers: Fields | undefined
  /** Closes the body. */
  close(): Promise<void>
}

const defaultLineBytes = 65_536

/**
 * Reads a body piece by piece: what has arrived, so many bytes, a line, the rest.
 *
 * Holds what was pulled and not yet taken: no more than one frame beyond what the call asks for. Bytes are copied where
 * what is asked for spans frames. Waits for pauses, tells flushes that they have been read, passes over other kinds.
 *
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before, and from any method after `rest()`.
 *
 * @example
 * ```ts
 * import { reader, text, toBody } from '@sluice/body'
 *
 * const from = reader(toBody('name: value\n\ncontent'))
 * await from.readLine()
 * await from.readLine()
 * if ((await text(from.rest())) !== 'content') throw new Error('lost')
 * ```
 */
export const reader = <F extends AnyFrame>(body: Body<F>): Reader<F> =>
  new BodyReader(pullFrom(body), body.byteLength)

class BodyReader<F extends AnyFrame> implements Reader<F> {
  readonly #source: Pull<F>
  readonly #held = new ByteQueue()
  readonly #byteLength: number | undefined
  #taken = 0
  #trailers: Trailers | undefined
  #state: 'open' | 'ended' | 'handed over' = 'open'
  #busy = false

  constructor(source: Pull<F>, byteLength: number | undefined) {
    this.#source = source
    this.#byteLength = byteLength
  }

  get trailers(): Fields | undefined {
    return this.#trailers?.fields
  }

  read(maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    checkCount('maxBytes', maxBytes, 1)
    return this.#alone(async () => {
      if (this.#held.byteLength === 0 && !(await this.#more())) return undefined
      return this.#take(this.#held.takeSome(maxBytes))
    })
  }

  readExactly(byteLength: number): Promise<Uint8Array> {
    checkCount('byteLength', byteLength, 0)
    return this.#alone(async () => {
      await this.#hold(byteLength)
      const found = this.#held.byteLength
      if (found >= byteLength) return this.#take(this.#held.take(byteLength))
      throw new BodyError(
        'BODY_ENDED_EARLY',
        `Cannot read ${byteLength} bytes: found the end after ${found}`,
      )
    })
  }

  readLine({ maxBytes = defaultLineBytes }: LineOptions = {}): Promise<string | undefined> {
    checkCount('maxBytes', maxBytes, 0)
    return this.#alone(() => this.#line(maxBytes))
  }

  async *lines(options: LineOptions = {}): AsyncIterableIterator<string> {
    try {
      for (;;) {
        const line = await this.readLine(options)
        if (line === undefined) return
        yield line
      }
    } finally {
      await this.close()
    }
  }

  peek(byteLength: number): Promise<Uint8Array> {
    checkCount('byteLength', byteLength, 0)
    return this.#alone(async () => {
      await this.#hold(byteLength)
      return this.#held.peek(Math.min(byteLength, this.#held.byteLength))
    })
  }

  rest(): Body<F | Data | Trailers> {
    this.#checkFree()
    const ended = this.#state === 'ended'
    this.#state = 'handed over'
    const before: (Data | Trailers)[] = []
    if (this.#held.byteLength > 0) before.push(data(this.#held.take(this.#held.byteLength)))
    if (this.#trailers !== undefined) before.push(this.#trailers)
    const source = this.#source
    const left = this.#byteLength === undefined ? undefined : this.#byteLength - this.#taken
    return fromPull<F | Data | Trailers>(
      () => ({
        pull: () => before.shift() ?? (ended ? undefined : source.pull()),
        close() {
          before.length = 0
          return source.close()
        },
      }),
      left,
    )
  }

  async close(): Promise<void> {
    if (this.#state === 'handed over') return
    this.#state = 'ended'
    this.#held.clear()
    await this.#source.close()
  }

  async #line(maxBytes: number): Promise<string | undefined> {
    let searched = 0
    for (;;) {
      const end = this.#held.indexOf(10, searched)
      const found = end < 0 ? this.#held.byteLength : end
      // One byte more than the bound may be the CR of the line's end.
      if (found > maxBytes + 1) throw await this.#lineTooLong(maxBytes)
      if (end >= 0) return this.#endLine(this.#take(this.#held.take(end + 1)), maxBytes)
      searched = found
      if (!(await this.#more())) {
        return found === 0 ? undefined : this.#endLine(this.#take(this.#held.take(found)), maxBytes)
      }
    }
  }

  async #endLine(line: Uint8Array, maxBytes: number): Promise<string> {
    let end = line.length
    if (line[end - 1] === 10) {
      end--
      if (line[end - 1] === 13) end--
    }
    if (end > maxBytes) throw await this.#lineTooLong(maxBytes)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(line.subarray(0, end))
  }

  async #lineTooLong(maxBytes: number): Promise<BodyError> {
    await this.close()
    return new BodyError(
      'LINE_TOO_LONG',
      `Cannot read a line: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
    )
  }

  async #hold(byteLength: number): Promise<void> {
    while (this.#held.byteLength < byteLength) if (!(await this.#more())) return
  }

  /** Pulls one frame of data; `false` at the end. */
  async #more(): Promise<boolean> {
    if (this.#state === 'ended') return false
    const frame = await nextContent(this.#source)
    if (frame?.kind === 'data') {
      this.#held.push(frame.bytes)
      return true
    }
    if (frame !== undefined) {
      this.#trailers = frame
      await endAfterTrailers(this.#source)
    }
    this.#state = 'ended'
    return false
  }

  #take(bytes: Uint8Array): Uint8Array {
    this.#taken += bytes.length
    return bytes
  }

  #checkFree(): void {
    if (!this.#busy && this.#state !== 'handed over') return
    throw new BodyError(
      'BODY_USED',
      this.#busy
        ? 'Cannot read the body: another call of this reader is still waiting'
        : 'Cannot read the body: its rest was handed over',
    )
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#checkFree()
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#busy = false
    }
  }
}
