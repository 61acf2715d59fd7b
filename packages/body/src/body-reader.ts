import { BodyError } from './body-error.ts'
import { data } from './bytes.ts'
import { closeQuietly } from './engine/close-quietly.ts'
import { checkCount } from './engine/limits.ts'
import { LineQueue } from './engine/line-queue.ts'
import { isPromiseLike } from './engine/pull.ts'
import { TurnSampler, yieldTurn } from './engine/turn-sampler.ts'
import { endAfterTrailers, nextContent } from './next-data.ts'
import { LineIterator } from './read-lines.ts'
import { failedPull, restOf } from './rest-of.ts'
import type { Pull } from './engine/pull.ts'
import type { AnyFrame, Body, Bytes, Data, Fields, Trailers } from './frames.ts'
import type { LineOptions, Reader } from './reader.ts'

const defaultLineBytes = 65_536

type State = 'open' | 'ended' | 'failed' | 'closed' | 'handed over'

const used = (why: string) => new BodyError('BODY_USED', `Cannot read the body: ${why}`)

/** The reader that `reader` returns. */
export class BodyReader<F extends AnyFrame> implements Reader<F> {
  readonly #source: Pull<F>
  readonly #held = new LineQueue()
  readonly #byteLength: number | undefined
  #trailers: Trailers | undefined
  #state: State = 'open'
  #failure: unknown
  #busy = false
  readonly #sampler = new TurnSampler()
  #interrupt = (): void => {}

  constructor(source: Pull<F>, byteLength: number | undefined) {
    this.#source = source
    this.#byteLength = byteLength
  }

  get trailers(): Fields | undefined {
    return this.#trailers?.fields
  }

  read(maxBytes: number = Number.POSITIVE_INFINITY): Promise<Bytes | undefined> {
    return this.#alone(async () => {
      checkCount('maxBytes', maxBytes, 1)
      if (this.#held.byteLength === 0 && !(await this.#more())) return undefined
      return this.#held.takeSome(maxBytes)
    })
  }

  readExactly(byteLength: number): Promise<Bytes> {
    return this.#alone(async () => {
      await this.#hold(byteLength)
      const found = this.#held.byteLength
      if (found >= byteLength) return this.#held.take(byteLength)
      throw new BodyError(
        'BODY_ENDED_EARLY',
        `Cannot read ${byteLength} bytes: found the end after ${found}`,
      )
    })
  }

  readLine({ maxBytes = defaultLineBytes }: LineOptions = {}): Promise<string | undefined> {
    return this.#alone(async () => {
      checkCount('maxBytes', maxBytes, 0)
      return this.#line(maxBytes)
    })
  }

  lines(options: LineOptions = {}): AsyncIterableIterator<string> {
    checkCount('maxBytes', options.maxBytes ?? defaultLineBytes, 0)
    return new LineIterator(
      () => this.readLine(options),
      () => this.close(),
    )
  }

  peek(byteLength: number): Promise<Bytes> {
    return this.#alone(async () => {
      await this.#hold(byteLength)
      return this.#held.peek(Math.min(byteLength, this.#held.byteLength))
    })
  }

  rest(): Body<F | Data | Trailers> {
    this.#checkFree()
    const before: (Data | Trailers)[] = []
    const { taken } = this.#held
    if (this.#held.byteLength > 0) before.push(data(this.#held.take(this.#held.byteLength)))
    if (this.#trailers !== undefined) before.push(this.#trailers)
    const source: Pull<F> = this.#state === 'failed' ? failedPull(this.#failure) : this.#source
    this.#state = 'handed over'
    const left = (this.#byteLength ?? -1) - taken
    return restOf(before, source, left < 0 ? undefined : left)
  }

  async close(): Promise<void> {
    if (this.#state === 'handed over') return
    // The held bytes are lost, so reading on must fail: it would look like the end.
    if (this.#state !== 'ended' || this.#held.byteLength > 0) this.#state = 'closed'
    this.#held.clear()
    this.#interrupt()
    await this.#source.close()
  }

  async #line(maxBytes: number): Promise<string | undefined> {
    try {
      for (;;) {
        const line = this.#held.takeLine(maxBytes)
        if (line !== undefined) return line
        if (this.#sampler.isTurnOver()) await yieldTurn()
        if (!(await this.#more())) return this.#held.takeLastLine(maxBytes)
      }
    } catch (error) {
      // A line that is too long: an error of the source has failed the reader before.
      if (this.#state === 'open' || this.#state === 'ended') await this.#failHere(error)
      throw error
    }
  }

  async #failHere(error: unknown): Promise<void> {
    this.#held.clear()
    this.#state = 'failed'
    this.#failure = error
    await closeQuietly(this.#source)
  }

  async #hold(byteLength: number): Promise<void> {
    // Not Infinity: to read everything, use `collect`, which has a limit.
    if (!Number.isSafeInteger(byteLength) || byteLength < 0)
      throw new RangeError(`Cannot read ${byteLength} bytes: wanted a whole number of 0 or more`)
    while (this.#held.byteLength < byteLength) {
      if (!(await this.#more())) return
      if (this.#sampler.isTurnOver()) await yieldTurn()
    }
  }

  /** Pulls one frame of data; `false` at the end. */
  async #more(): Promise<boolean> {
    if (this.#state !== 'open') return this.#noMore()
    const frame = await this.#next()
    // Checked again, since the reader may have been closed while it waited.
    if (frame === undefined) return this.#noMore()
    this.#held.push(frame.bytes)
    return true
  }

  async #next(): Promise<Data | undefined> {
    try {
      const frame = await this.#unlessClosed(nextContent(this.#source))
      if (frame?.kind === 'data' && this.#state === 'open') return frame
      if (frame?.kind === 'trailers') {
        await this.#unlessClosed(endAfterTrailers(this.#source))
        this.#trailers = frame
      }
      if (this.#state === 'open') this.#state = 'ended'
    } catch (error) {
      this.#fail(error)
    }
    return undefined
  }

  /** Stops waiting when the reader is closed: not every source answers a pending pull then. */
  #unlessClosed<T>(answer: T | PromiseLike<T>): T | Promise<T> {
    if (!isPromiseLike(answer)) return answer
    return new Promise((resolve, reject) => {
      this.#interrupt = () => reject(used('it was closed'))
      answer.then(resolve, reject)
    })
  }

  #noMore(): false {
    switch (this.#state) {
      case 'failed':
        throw this.#failure
      case 'closed':
        throw used('it was closed')
      case 'open':
      case 'ended':
      case 'handed over':
        return false
    }
  }

  /** An error is not an end: every later call fails with it too. */
  #fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#failure = error
  }

  #checkFree(): void {
    if (this.#busy) throw used('another call of this reader is still waiting')
    if (this.#state === 'handed over') throw used('its rest was handed over')
    if (this.#state === 'closed') throw used('it was closed')
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#checkFree()
    this.#busy = true
    try {
      const found = await work()
      if (this.#sampler.isTurnOver()) await yieldTurn()
      return found
    } finally {
      this.#busy = false
    }
  }
}
