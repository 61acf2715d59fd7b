import { isData, isTrailers } from '@sluice/body'
import { closeBodyQuietly, pullFrom } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import { dataEntry, endEntry, maxPieceBytes, pieceOf } from './pieces.ts'
import type { AnyFrame, Body, Fields } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ProduceContext, SourceMaker } from '../produce/source.ts'

/** Makes a body. `signal` aborts when nobody needs it any more. */
export type MakeBody = (context: { readonly signal: AbortSignal }) => Body | PromiseLike<Body>

/** Makes the rest of a body, from a byte on. */
export type ContinueBody = (
  fromByte: number,
  context: { readonly signal: AbortSignal },
) => Body | PromiseLike<Body>

/** A body as the source of a topic. */
export class BodySource implements SourceMaker<unknown> {
  readonly waitsForReaders = true
  readonly #source: Body | MakeBody
  readonly #continueAt: ContinueBody | undefined

  constructor(source: Body | MakeBody, continueAt: ContinueBody | undefined) {
    this.#source = source
    this.#continueAt = continueAt
  }

  async open({ last, signal }: ProduceContext): Promise<AsyncIterable<unknown>> {
    const piece = last === undefined ? undefined : pieceOf(last.value)
    // The producer died after the last entry, and before the end.
    if (piece?.kind === 'end') return new Pieces(undefined, 0)
    const from = piece === undefined ? 0 : piece.from + piece.bytes.length
    return new Pieces(pullFrom(await this.#bodyFrom(from, signal)), from)
  }

  async close(): Promise<void> {
    if (typeof this.#source !== 'function') await closeBodyQuietly(this.#source)
  }

  async #bodyFrom(from: number, signal: AbortSignal): Promise<Body> {
    if (from === 0)
      return typeof this.#source === 'function' ? this.#source({ signal }) : this.#source
    await this.close()
    if (this.#continueAt === undefined) throw cannotContinue(from)
    return this.#continueAt(from, { signal })
  }
}

/** The entries of a body, with its flushes and pauses among them. `undefined` stands for a body of which all entries are there. */
class Pieces implements AsyncIterable<unknown>, AsyncIterator<unknown> {
  #source: Pull<AnyFrame> | undefined
  #from: number
  /** What is left of a large frame. */
  #rest: Uint8Array | undefined
  #trailers: Fields | undefined

  constructor(source: Pull<AnyFrame> | undefined, from: number) {
    this.#source = source
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
        return { done: false, value: endEntry(this.#from, this.#trailers) }
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
    const entry = dataEntry(this.#from, piece)
    this.#from += piece.length
    return entry
  }
}

const cannotContinue = (from: number) =>
  hubError(
    'BODY_LOST',
    `Cannot continue the body at byte ${from}: found no \`continueAt\`, and what produced it is gone`,
  )
