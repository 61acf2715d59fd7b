import { noBytes } from './bytes.ts'
import { ofBytes, ofText } from './engine/bytes-body.ts'
import { IteratorPull } from './engine/iterator-pull.ts'
import { iteratorOf, webIterator } from './engine/iterators.ts'
import { readableIterator } from './engine/node-readable.ts'
import { bytesOf, PieceFrames } from './engine/piece-frames.ts'
import { fromPull, pulling } from './engine/pull.ts'
import { foundIn } from './kinds.ts'
import type { AnyIterator, WebReadable } from './engine/iterators.ts'
import type { NodeReadable } from './engine/node-readable.ts'
import type { AnyFrame, Body, Data, Frame, Trailers } from './frames.ts'

/** An item of an iterable that becomes a body. */
export type Piece =
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | readonly Uint8Array[]
  | Frame
  | AnyFrame

/** A piece that is content: neither a flush nor a pause. */
export type ContentPiece =
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | readonly Uint8Array[]
  | Data
  | Trailers

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
  | ArrayBufferView
  | ArrayBufferLike
  | URLSearchParams
  | BlobLike
  | WebReadable
  | NodeReadable
  | Iterable<Piece>
  | AsyncIterable<Piece>

/** Input for a body without flushes and pauses, such as the body of a request. */
export type ContentInput =
  | null
  | undefined
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | URLSearchParams
  | BlobLike
  | Iterable<ContentPiece>
  | AsyncIterable<ContentPiece>

/**
 * Makes a body of a string, bytes, a Blob, a stream, an iterable or `null`.
 *
 * Strings become UTF-8. If a surrogate pair is split between two strings, the first half is held until the second arrives, even
 * over a flush. Bytes are passed on without a copy; empty pieces are dropped; frames of any kind pass. Nothing is read before it
 * is asked for. Stopping early closes the source (`return()`, `cancel()` or `destroy()`). A Sluice body is returned unchanged.
 *
 * A `URLSearchParams` becomes its form encoding; the caller sets `content-type: application/x-www-form-urlencoded`.
 * Other collections of pairs, such as `FormData`, `Headers`, `Map` and `Fields`, are refused.
 *
 * A web stream is cancelled at once, also during a read, since it may be a download. The `fetch` of Node fails at that, and ends the
 * process, if it has made the stream of an async iterable, as `new Response(iterable).body` is: give the iterable itself, or the
 * `Response` to `fromResponse` of `@sluice/fetch`.
 *
 * `byteLength` is known for strings, bytes, blobs and `null`, which is an empty body. That of a body is kept.
 *
 * @throws {TypeError} At the call, if the input cannot become a body.
 * @throws {BodyError} `BODY_INVALID`, while reading, if a piece is invalid. `BODY_USED`, when the reading starts, if a generator
 * or a stream is being read already.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 *
 * const body = toBody(['one, ', new TextEncoder().encode('two')])
 * if ((await readText(body)) !== 'one, two') throw new Error('not joined')
 * ```
 */
export function toBody(input: WebReadable | NodeReadable): Body
export function toBody<F extends AnyFrame>(input: Body<F> | AsyncIterable<F>): Body<F>
export function toBody(input: ContentInput): Body<Data | Trailers>
export function toBody(input: BodyInput): Body
export function toBody(input: BodyInput): Body<AnyFrame> {
  if (input === null || input === undefined) return ofBytes(noBytes)
  if (typeof input === 'string') return ofText(input)
  if (typeof input !== 'object') throw notABody(input)
  if (isOurs(input)) return input
  const bytes = bytesOf(input)
  if (bytes !== undefined) return ofBytes(bytes)
  if (isForm(input)) return ofText(input.toString())
  if (isPairs(input)) throw notABody(input)
  if (isWebReadable(input)) return ofPieces(() => webIterator(input))
  if (isBlob(input)) return ofPieces(() => webIterator(input.stream()), input.size)
  if (isNodeReadable(input)) return ofPieces(readableIterator(input))
  if (isIterable(input)) return ofPieces(() => iteratorOf(input), lengthOf(input))
  throw notABody(input)
}

const notABody = (input: unknown) =>
  new TypeError(
    `Cannot make a body: found ${foundIn(input)}, wanted a string, bytes, a Blob, a stream, an iterable or null`,
  )

const ofPieces = (start: () => AnyIterator, byteLength?: number): Body<AnyFrame> =>
  fromPull(() => new IteratorPull(start(), new PieceFrames()), byteLength)

const isOurs = (input: object): input is Body<AnyFrame> => pulling in input

const isForm = (input: object): input is URLSearchParams =>
  Object.prototype.toString.call(input) === '[object URLSearchParams]'

/** Iterables of pairs look like batches of strings, but joining these would lose what separates a name from its value. */
const isPairs = (input: object): boolean =>
  'get' in input && typeof input.get === 'function' && 'has' in input

const isWebReadable = (input: object): input is WebReadable =>
  'getReader' in input && typeof input.getReader === 'function'

const isBlob = (input: object): input is BlobLike =>
  'arrayBuffer' in input && 'stream' in input && typeof input.stream === 'function'

const isNodeReadable = (input: object): input is NodeReadable =>
  'pipe' in input && 'read' in input && 'destroy' in input && typeof input.read === 'function'

const isIterable = (input: object): input is Iterable<unknown> | AsyncIterable<unknown> =>
  Symbol.asyncIterator in input || Symbol.iterator in input

/** An async iterable may state its length by `byteLength`. */
const lengthOf = (input: object): number | undefined =>
  Symbol.asyncIterator in input && 'byteLength' in input && typeof input.byteLength === 'number'
    ? input.byteLength
    : undefined
