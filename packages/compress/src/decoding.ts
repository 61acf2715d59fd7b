import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { BodyError } from '@sluice/body'
import { filter } from '@sluice/filter'
import { requireZstd } from './node-zstd.ts'
import { ZlibCoder } from './zlib-coder.ts'
import type { ByteSteps, Filter, ReleaseReason } from '@sluice/filter'
import type { Coding } from './coding.ts'
import type { ZlibStream } from './zlib-coder.ts'

/** Content that is no bomb whatever its ratio. */
const freeBytes = 65_536

/** Content that is made at once. Pieces of 16 KiB, Node's own choice, take twice the CPU: a hop to the thread pool each. */
const pieceBytes = 65_536

/** RFC 9659 section 3: a window of 8 MiB, not the 128 MiB that zstd would make room for. */
const zstdWindowLog = 23

const none = new Uint8Array()

/** A filter that undoes one coding. */
export const decode = (coding: Coding, maxRatio: number): Filter => {
  const start = decoderOf(coding)
  return filter(`decode ${coding}`, () => new Decoding(coding, start, maxRatio))
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
  /** Bytes given to the coder that is there, and used by those before it. */
  #givenBytes = 0
  #usedBefore = 0
  #contentBytes = 0
  #isOver = false

  constructor(coding: Coding, start: () => ZlibStream, maxRatio: number) {
    this.#coding = coding
    this.#start = start
    this.#maxRatio = maxRatio
  }

  async *data(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    let left = bytes
    for (;;) {
      this.#coder ??= new ZlibCoder(this.#start())
      const coder = this.#coder
      this.#givenBytes += left.length
      yield* this.#checked(coder.write(left), coder)
      const rest = this.#givenBytes - coder.usedBytes
      if (rest <= 0) return
      if (this.#coding !== 'zstd' || rest >= left.length)
        throw this.#invalid(`${rest} or more bytes after its end`, 'none')
      // RFC 8878 section 3.1: frames may follow one another. Node 24 reads the first of those that come together.
      left = left.subarray(left.length - rest)
      this.#usedBefore += coder.usedBytes
      this.#givenBytes = 0
      this.close()
    }
  }

  release(why: ReleaseReason): AsyncIterable<Uint8Array> | undefined {
    if (this.#isOver || (why !== 'trailers' && why !== 'end')) return undefined
    this.#isOver = true
    if (this.#coder === undefined) throw this.#endedEarly()
    return this.#checked(this.#coder.end(none), this.#coder)
  }

  close(): void {
    this.#coder?.close()
    this.#coder = undefined
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
    throw new BodyError(
      'CODING_RATIO',
      `Cannot decompress: found ${this.#contentBytes} bytes in ${usedBytes} of ${this.#coding}, wanted at most ${this.#maxRatio} times as many`,
    )
  }

  #errorOf(error: unknown): unknown {
    if (!isZlibError(error)) return error
    return error.code === 'Z_BUF_ERROR'
      ? this.#endedEarly(error)
      : this.#invalid(error.message, this.#coding, error)
  }

  #invalid(found: string, wanted: string, cause?: unknown): BodyError {
    return new BodyError(
      'CODING_INVALID',
      `Cannot decompress the ${this.#coding} content: found ${found}, wanted ${wanted}`,
      cause === undefined ? {} : { cause },
    )
  }

  #endedEarly(cause?: unknown): BodyError {
    return new BodyError(
      'BODY_ENDED_EARLY',
      `Cannot decompress the ${this.#coding} content: found the end of the body, wanted that of the coding`,
      cause === undefined ? {} : { cause },
    )
  }
}

/** zlib's own, which have the number of zlib's; not ours, and not those of the source. */
const isZlibError = (
  error: unknown,
): error is { readonly code: string; readonly message: string } =>
  typeof error === 'object' &&
  error !== null &&
  'errno' in error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'message' in error
