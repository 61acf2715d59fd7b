import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { noBytes, TurnSampler, yieldTurn } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { codingInvalid, endedEarly, isZlibError } from './coding-errors.ts'
import { codingTraits } from './coding-traits.ts'
import { codingError } from './errors.ts'
import { requireZstd, zstdWindowLog } from './node-zstd.ts'
import { decompressShortFrame } from './short-frame.ts'
import { ZlibCoder } from './zlib-coder.ts'
import type { ByteSteps, Filter, Given, ReleaseReason } from '@sluice/filter'
import type { Coding } from './coding.ts'
import type { ZlibStream } from './zlib-coder.ts'

/** Content of up to this size is accepted at any ratio. */
const freeBytes = 65_536

/** Content that is made at once. Smaller pieces, as is Node's own choice, take more CPU: a hop to the thread pool each. */
const pieceBytes = 65_536

const zero = new Uint8Array(1)

/** RFC 1952 section 2.3.1: the first byte of a member. */
const firstOfMember = 0x1f

/** A filter that decodes one coding. */
export const decode = (coding: Coding, maxRatio: number): Filter => {
  const start = decoderOf(coding)
  return filter(`decode ${coding}`, () => new Decoding(coding, start, maxRatio), {
    traits: codingTraits,
  })
}

const options = { chunkSize: pieceBytes }

const decoderOf = (coding: Coding): (() => ZlibStream) => {
  switch (coding) {
    case 'gzip':
      return () => createGunzip(options)
    case 'deflate':
      return () => createInflate(options)
    case 'br':
      return () => createBrotliDecompress(options)
    case 'zstd': {
      const { constants, createZstdDecompress } = requireZstd()
      const params = { [constants.ZSTD_d_windowLogMax]: zstdWindowLog }
      return () => createZstdDecompress({ ...options, params })
    }
  }
}

class Decoding implements ByteSteps {
  readonly #coding: Coding
  readonly #start: () => ZlibStream
  readonly #maxRatio: number
  #coder: ZlibCoder | undefined
  /** Bytes given to the current coder, and bytes used by earlier ones. */
  #givenBytes = 0
  #usedBefore = 0
  #contentBytes = 0
  #lastByte = 0
  #isOver = false
  #isClosed = false

  constructor(coding: Coding, start: () => ZlibStream, maxRatio: number) {
    this.#coding = coding
    this.#start = start
    this.#maxRatio = maxRatio
  }

  async *data(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    let left = bytes
    this.#lastByte = bytes.at(-1) ?? 0
    for (;;) {
      if (this.#usedBefore > 0 && this.#coder === undefined) left = yield* this.#shortFrames(left)
      if (left.length === 0) return
      this.#coder ??= new ZlibCoder(this.#start())
      const coder = this.#coder
      this.#givenBytes += left.length
      yield* this.#checked(coder.write(left), coder)
      const rest = this.#givenBytes - coder.usedBytes
      if (rest <= 0) return
      if (this.#coding !== 'zstd' || rest >= left.length)
        throw codingInvalid(this.#coding, `${rest} or more bytes after its end`, 'none')
      // RFC 8878 section 3.1: frames may follow each other. Node 24 reads only the first of those that come together.
      left = left.subarray(left.length - rest)
      this.#usedBefore += coder.usedBytes
      this.#givenBytes = 0
      this.#free()
    }
  }

  release(why: ReleaseReason): Given<Uint8Array> {
    if (this.#isOver || (why !== 'trailers' && why !== 'end')) return undefined
    this.#isOver = true
    if (this.#coder === undefined) {
      if (this.#usedBefore > 0) return undefined
      throw endedEarly(this.#coding)
    }
    return this.#coding === 'gzip'
      ? this.#endMembers(this.#coder)
      : this.#checked(this.#coder.end(noBytes), this.#coder)
  }

  close(): void {
    this.#isClosed = true
    this.#free()
  }

  #free(): void {
    this.#coder?.close()
    this.#coder = undefined
  }

  /**
   * Decompresses the short zstd frames at the beginning of `bytes`, and returns the rest. A context for each would be far
   * dearer than such a frame, which may have only 9 bytes.
   */
  async *#shortFrames(bytes: Uint8Array): AsyncGenerator<Uint8Array, Uint8Array> {
    const sampler = new TurnSampler()
    let left = bytes
    while (left.length > 0) {
      const frame = decompressShortFrame(left)
      if (frame === undefined) break
      left = left.subarray(frame.usedBytes)
      this.#usedBefore += frame.usedBytes
      this.#contentBytes += frame.content.length
      this.#checkRatio(this.#usedBefore)
      if (frame.content.length > 0) yield frame.content
      if (sampler.isTurnOver()) await yieldTurn()
      if (this.#isClosed) return noBytes
    }
    return left
  }

  /**
   * Checks that the last member is complete, and that nothing follows it. Node treats a single byte after a member as the start
   * of another one, and at the end reports a member that was cut off. So a zero is written last: after a complete member Node
   * does not read it, after a single byte it is an invalid header, and anywhere else it is read.
   */
  async #endMembers(coder: ZlibCoder): Promise<undefined> {
    this.#givenBytes++
    try {
      // Output from the zero is not content.
      for await (const _ of coder.write(zero));
    } catch (error) {
      if (!isZlibError(error)) throw error
      const isStray = error.message === 'incorrect header check' && this.#lastByte !== firstOfMember
      throw isStray
        ? codingInvalid(this.#coding, 'a byte after its end', 'none', error)
        : endedEarly(this.#coding, error)
    }
    if (coder.usedBytes === this.#givenBytes) throw endedEarly(this.#coding)
    this.#free()
    return undefined
  }

  async *#checked(
    content: AsyncIterable<Uint8Array>,
    coder: ZlibCoder,
  ): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of content) {
        this.#contentBytes += piece.length
        this.#checkRatio(this.#usedBefore + coder.usedBytes)
        yield piece
      }
    } catch (error) {
      throw this.#errorOf(error)
    }
  }

  #checkRatio(usedBytes: number): void {
    if (this.#contentBytes <= freeBytes || this.#contentBytes <= usedBytes * this.#maxRatio) return
    throw codingError(
      'CODING_RATIO',
      `Cannot decompress: found ${this.#contentBytes} bytes in ${usedBytes} of ${this.#coding}, wanted at most ${this.#maxRatio} times as many`,
    )
  }

  #errorOf(error: unknown): unknown {
    if (!isZlibError(error)) return error
    return error.code === 'Z_BUF_ERROR'
      ? endedEarly(this.#coding, error)
      : codingInvalid(this.#coding, error.message, this.#coding, error)
  }
}
