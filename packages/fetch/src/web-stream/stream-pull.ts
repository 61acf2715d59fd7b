import { data } from '@sluice/body'
import {
  closedBefore,
  closeQuietly,
  isByteArray,
  isFrame,
  leaveDuringRead,
  leaveStream,
  loseFrame,
  yieldTurn,
} from '@sluice/body/engine'
import type { AnyFrame, Data } from '@sluice/body'
import type { Leaving, Pull } from '@sluice/body/engine'

export type WebStream = NonNullable<Response['body']>
type WebReader = ReadableStreamDefaultReader<unknown>

interface Result {
  readonly done: boolean
  readonly value?: unknown
}

/** Pulls from a stream of fetch: a chunk a pull. What `toBody` does, with fewer steps a chunk. */
export abstract class StreamPull<F extends AnyFrame> implements Pull<Data | F> {
  readonly #leaving: Leaving
  #stream: WebStream | undefined
  #reader: WebReader | undefined
  #isReading = false
  #isOver = false
  readonly #arrived = (result: Result) => this.#take(result)
  readonly #failed = (error: unknown) => this.#fail(error)

  constructor(leaving: Leaving) {
    this.#leaving = leaving
  }

  pull(): undefined | Promise<Data | F | undefined> {
    if (this.#isOver) return undefined
    if (this.#reader === undefined) this.start()
    if (this.#reader === undefined) return undefined
    this.#isReading = true
    return this.#reader.read().then(this.#arrived, this.#failed)
  }

  close(): void | Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#stream === undefined || this.#reader === undefined) return
    return this.#isReading
      ? leaveDuringRead(this.#stream, this.#reader, this.#leaving)
      : leaveStream(this.#reader, this.#leaving)
  }

  protected get isOver(): boolean {
    return this.#isOver
  }

  /** Opens the stream, if there is one. Called before the first read. */
  protected abstract start(): void

  /** Makes a frame of a chunk that is not bytes, or refuses it. */
  protected abstract frameOf(chunk: unknown): F

  /** The error of the body, if the stream fails. */
  protected abstract errorOf(error: unknown): unknown

  /** @throws {TypeError} If the stream is being read. */
  protected open(stream: WebStream): void {
    this.#reader = stream.getReader()
    this.#stream = stream
  }

  protected refuse(error: unknown): never {
    closeQuietly(this)
    throw error
  }

  #take({ done, value }: Result): Data | F | undefined | Promise<Data | F | undefined> {
    this.#isReading = false
    if (done || this.#isOver) {
      this.#isOver = true
      if (isAnyFrame(value)) loseFrame(value, closedBefore)
      return undefined
    }
    if (isByteArray(value)) return value.length > 0 ? data(value) : this.#pullLater()
    return this.frameOf(value)
  }

  /** A stream of empty chunks alone would hold the event loop. */
  async #pullLater(): Promise<Data | F | undefined> {
    await yieldTurn()
    return this.pull()
  }

  #fail(error: unknown): undefined {
    this.#isReading = false
    if (this.#isOver) return undefined
    this.#isOver = true
    throw this.errorOf(error)
  }
}

const isAnyFrame = (value: unknown): value is AnyFrame => isFrame(value)
