import { BodyError } from './body-error.ts'
import { data } from './bytes.ts'
import { readableSource } from './node-readable.ts'
import { fromPull, isPromiseLike, pulling } from './pull.ts'
import type { AnyFrame, Body, Frame } from './frames.ts'
import type { NodeReadable } from './node-readable.ts'
import type { Pull } from './pull.ts'

/** What may stand in an iterable that becomes a body. */
export type Piece = string | Uint8Array | ArrayBuffer | readonly Uint8Array[] | AnyFrame

/** A web `ReadableStream`, by shape. */
export interface WebReadable {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** A `Blob`, by shape. */
export interface BlobLike {
  readonly size: number
  arrayBuffer(): Promise<ArrayBuffer>
  stream(): WebReadable
}

/** Everything that `toBody` takes. */
export type BodyInput =
  | null
  | undefined
  | string
  | Uint8Array
  | ArrayBuffer
  | BlobLike
  | WebReadable
  | NodeReadable
  | Iterable<Piece>
  | AsyncIterable<Piece>

/** Where pieces come from: an iterator's `next`, and how to leave early. */
export interface PieceSource {
  next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
  close(): void | PromiseLike<void>
}

/**
 * Makes a body of whatever it is given: the one place that looks.
 *
 * Strings become UTF-8, also where a surrogate pair is split between two of them; bytes are passed on without a copy;
 * empty pieces are dropped; frames of any kind pass. Nothing is read before it is asked for, and leaving early closes
 * the source (`return()`, `cancel()` or `destroy()`). A body of ours is given back as it is.
 *
 * `byteLength` is known for strings, bytes, blobs and `null`, which is an empty body.
 *
 * @throws {TypeError} At the call, when it is nothing that can be a body.
 * @throws {BodyError} `BODY_INVALID`, while reading, when a piece is none.
 *
 * @example
 * ```ts
 * import { text, toBody } from '@sluice/body'
 *
 * const body = toBody(['one, ', new TextEncoder().encode('two')])
 * if ((await text(body)) !== 'one, two') throw new Error('not joined')
 * ```
 */
export function toBody<F extends AnyFrame>(input: Body<F>): Body<F>
export function toBody(input: BodyInput): Body
export function toBody(input: BodyInput): Body {
  if (input === null || input === undefined) return fromPull(() => onePull(undefined), 0)
  if (typeof input === 'string') return ofBytes(encoder.encode(input))
  if (isBytes(input)) return ofBytes(input)
  if (isArrayBuffer(input)) return ofBytes(new Uint8Array(input))
  if (typeof input !== 'object') throw notABody(input)
  if (isOurs(input)) return input
  if (isWebReadable(input)) return ofPieces(() => webSource(input))
  if (isBlob(input)) return ofPieces(() => webSource(input.stream()), input.size)
  if (isNodeReadable(input)) return ofPieces(readableSource(input))
  if (Symbol.asyncIterator in input)
    return ofPieces(() => iteratorSource(input[Symbol.asyncIterator]()))
  if (Symbol.iterator in input) return ofPieces(() => iteratorSource(input[Symbol.iterator]()))
  throw notABody(input)
}

const encoder = new TextEncoder()

const notABody = (input: unknown) =>
  new TypeError(
    `Cannot make a body: found ${Object.prototype.toString.call(input)}, wanted a string, bytes, a Blob, a stream, an iterable or null`,
  )

const ofBytes = (bytes: Uint8Array): Body =>
  fromPull(() => onePull(bytes.length === 0 ? undefined : data(bytes)), bytes.length)

const ofPieces = (start: () => PieceSource, byteLength?: number): Body =>
  fromPull(() => new PiecePull(start()), byteLength)

const onePull = (frame: Frame | undefined): Pull<Frame> => {
  let next = frame
  return {
    pull() {
      const given = next
      next = undefined
      return given
    },
    close() {
      next = undefined
    },
  }
}

const webSource = (stream: WebReadable): PieceSource => {
  const reader = stream.getReader()
  return {
    next: () =>
      reader
        .read()
        .then((result) =>
          result.done ? { done: true, value: undefined } : { done: false, value: result.value },
        ),
    close: () => reader.cancel(),
  }
}

const iteratorSource = (iterator: Iterator<unknown> | AsyncIterator<unknown>): PieceSource => ({
  next: () => iterator.next(),
  async close() {
    await iterator.return?.()
  },
})

const isBytes = (input: object): input is Uint8Array =>
  ArrayBuffer.isView(input) && 'BYTES_PER_ELEMENT' in input && input.BYTES_PER_ELEMENT === 1

const isArrayBuffer = (input: object): input is ArrayBuffer => {
  const tag = Object.prototype.toString.call(input)
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]'
}

const isOurs = (input: object): input is Body => pulling in input

const isWebReadable = (input: object): input is WebReadable =>
  'getReader' in input && typeof input.getReader === 'function'

const isBlob = (input: object): input is BlobLike =>
  'arrayBuffer' in input && 'stream' in input && typeof input.stream === 'function'

const isNodeReadable = (input: object): input is NodeReadable =>
  'pipe' in input && 'read' in input && 'destroy' in input && typeof input.read === 'function'

const isBatch = (piece: object): piece is readonly unknown[] => Array.isArray(piece)

const isFrame = (piece: object): piece is Frame => 'kind' in piece && typeof piece.kind === 'string'

/** A high surrogate at the end of a string waits for the low one that may come in the next. */
const splitsPair = (text: string) => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800

class PiecePull implements Pull<Frame> {
  readonly #source: PieceSource
  #batch: readonly unknown[] = []
  #batchAt = 0
  #surrogate = ''
  #over = false

  constructor(source: PieceSource) {
    this.#source = source
  }

  readonly #resume = (
    result: IteratorResult<unknown>,
  ): Frame | undefined | PromiseLike<Frame | undefined> => {
    if (this.#over) return undefined
    return this.#take(result) ?? (this.#over ? undefined : this.pull())
  }

  readonly #fail = (error: unknown): never => {
    this.#over = true
    throw error
  }

  pull(): Frame | undefined | PromiseLike<Frame | undefined> {
    while (!this.#over) {
      if (this.#batchAt < this.#batch.length) {
        const frame = this.#frameOf(this.#batch[this.#batchAt++])
        if (frame !== undefined) return frame
        continue
      }
      let result: IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
      try {
        result = this.#source.next()
      } catch (error) {
        return this.#fail(error)
      }
      if (isPromiseLike(result)) return result.then(this.#resume, this.#fail)
      const frame = this.#take(result)
      if (frame !== undefined) return frame
    }
    return undefined
  }

  close(): void | PromiseLike<void> {
    if (this.#over) return
    this.#over = true
    this.#batch = []
    return this.#source.close()
  }

  #take(result: IteratorResult<unknown>): Frame | undefined {
    if (result.done !== true) return this.#frameOf(result.value)
    this.#over = true
    const alone = this.#surrogate
    this.#surrogate = ''
    return alone === '' ? undefined : data(encoder.encode(alone))
  }

  #frameOf(piece: unknown): Frame | undefined {
    if (typeof piece === 'string') return this.#textFrame(piece)
    if (typeof piece === 'object' && piece !== null) {
      if (isBytes(piece)) return piece.length === 0 ? undefined : data(piece)
      if (isFrame(piece))
        return piece.kind === 'data' && piece.bytes.length === 0 ? undefined : piece
      if (isArrayBuffer(piece)) return this.#frameOf(new Uint8Array(piece))
      if (isBatch(piece)) {
        this.#batch = piece
        this.#batchAt = 0
        return undefined
      }
    }
    const error = new BodyError(
      'BODY_INVALID',
      `Cannot read the body: found a piece that is ${piece === null ? 'null' : `a ${typeof piece}`}, wanted a string, bytes or a frame`,
    )
    const closing = this.close()
    if (isPromiseLike(closing)) closing.then(undefined, () => {})
    throw error
  }

  #textFrame(piece: string): Frame | undefined {
    let text = this.#surrogate + piece
    this.#surrogate = ''
    if (splitsPair(text)) {
      this.#surrogate = text.slice(-1)
      text = text.slice(0, -1)
    }
    return text === '' ? undefined : data(encoder.encode(text))
  }
}
