import { isData, isTrailers } from '@sluice/body'
import { checkBody, closeBodyQuietly, pullFrom } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import { dataEntry, endEntry, maxPieceBytes, newResponse, pieceOf } from './pieces.ts'
import type { AnyFrame, Body, Fields } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ChoosyMaker, ProduceContext } from '../produce/source.ts'
import type { Entry } from '../topic/items.ts'
import type { Piece } from './pieces.ts'

/** Makes a body. `signal` aborts when nobody needs it any more. */
export type MakeBody = (context: { readonly signal: AbortSignal }) => Body | PromiseLike<Body>

/** Makes the rest of a body, from a byte on. */
export type ContinueBody = (
  fromByte: number,
  context: { readonly signal: AbortSignal },
) => Body | PromiseLike<Body>

/** Where a reader of a body is. */
export interface BodyPosition {
  /** Bytes that the client has. */
  byte: number
  /** The response of which it has them; `undefined` until it has read some here. */
  response: number | undefined
}

/** A body as the source of a topic. */
export class BodySource implements ChoosyMaker {
  readonly waitsForReaders = true
  readonly #source: Body | MakeBody
  readonly #continueAt: ContinueBody | undefined
  /** Where its reader is: an empty log continues there. */
  readonly #position: Readonly<BodyPosition>
  #isClosed = false
  #isRefused = false

  constructor(
    source: Body | MakeBody,
    continueAt: ContinueBody | undefined,
    position: Readonly<BodyPosition>,
  ) {
    this.#source = source
    this.#continueAt = continueAt
    this.#position = position
  }

  /** Whether what its reader needs is lost: the log was empty, and nothing can continue it. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  accepts(last: Entry | undefined): boolean {
    if (last !== undefined || this.#continueAt !== undefined) return true
    const isGone = this.#isClosed && typeof this.#source !== 'function'
    this.#isRefused = this.#position.byte > 0 || isGone
    return !this.#isRefused
  }

  async open({ last, signal }: ProduceContext): Promise<AsyncIterable<unknown>> {
    const piece = last === undefined ? undefined : pieceOf(last.value)
    // The producer died after the last entry, and before the end.
    if (piece?.kind === 'end') return new Pieces(undefined, piece.response, 0)
    const { byte, response = newResponse() } = piece === undefined ? this.#position : endOf(piece)
    const body = await this.#bodyFrom(byte, signal)
    checkBody(body)
    return new Pieces(pullFrom(body), response, byte)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (typeof this.#source !== 'function') await closeBodyQuietly(this.#source)
  }

  async #bodyFrom(from: number, signal: AbortSignal): Promise<Body> {
    const source = this.#source
    if (from === 0 && typeof source === 'function') return source({ signal })
    if (from === 0 && typeof source !== 'function' && !this.#isClosed) return source
    await this.close()
    if (this.#continueAt === undefined) throw cannotContinue(from)
    return this.#continueAt(from, { signal })
  }
}

const endOf = ({ response, from, bytes }: Extract<Piece, { kind: 'data' }>): BodyPosition => ({
  response,
  byte: from + bytes.length,
})

/** The entries of a body, with its flushes and pauses among them. `undefined` stands for a body of which all entries are there. */
class Pieces implements AsyncIterable<unknown>, AsyncIterator<unknown> {
  #source: Pull<AnyFrame> | undefined
  readonly #response: number
  #from: number
  /** What is left of a large frame. */
  #rest: Uint8Array | undefined
  #trailers: Fields | undefined

  constructor(source: Pull<AnyFrame> | undefined, response: number, from: number) {
    this.#source = source
    this.#response = response
    this.#from = from
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#rest !== undefined) return { done: false, value: this.#entry(this.#rest) }
    const source = this.#source
    if (source === undefined) return { done: true, value: undefined }
    for (;;) {
      const frame = await source.pull()
      if (frame === undefined) {
        this.#source = undefined
        return { done: false, value: endEntry(this.#response, this.#from, this.#trailers) }
      }
      if (isTrailers(frame)) this.#trailers = frame.fields
      else if (!isData(frame)) return { done: false, value: frame }
      else if (frame.bytes.length > 0) return { done: false, value: this.#entry(frame.bytes) }
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    const source = this.#source
    this.#source = undefined
    this.#rest = undefined
    await source?.close()
    return { done: true, value: undefined }
  }

  #entry(bytes: Uint8Array): Uint8Array {
    const piece = bytes.subarray(0, maxPieceBytes)
    this.#rest = bytes.length > maxPieceBytes ? bytes.subarray(maxPieceBytes) : undefined
    const entry = dataEntry(this.#response, this.#from, piece)
    this.#from += piece.length
    return entry
  }
}

const cannotContinue = (from: number) =>
  hubError(
    'BODY_LOST',
    `Cannot continue the body at byte ${from}: found no \`continueAt\`, and what produced it is gone`,
  )
