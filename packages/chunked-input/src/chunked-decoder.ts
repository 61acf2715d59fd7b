import { BodyError } from '@sluice/body'
import { checkCount, uncheckedFields } from '@sluice/body/engine'
import { cr, hexValues, lf, notHex } from './characters.ts'
import { byteName, chunkInvalid } from './chunk-invalid.ts'
import { DataRun } from './data-run.ts'
import { chunkedError } from './errors.ts'
import { maxDigits, SizeLine } from './size-line.ts'
import { TrailerSection } from './trailer-section.ts'
import type { Bytes, Data, Trailers } from '@sluice/body'

export interface ChunkedDecoderOptions {
  /** Bytes of a chunk-size line with its extensions, without CR LF; 4096 by default, as in Go. */
  readonly maxLineBytes?: number
  /** Bytes of framing beyond those that data allows for, over the whole body; 16 KiB by default, as in Go. */
  readonly maxOverheadBytes?: number
  /** Bytes of chunk extensions over the whole body; 16 KiB by default, as in hyper. */
  readonly maxExtensionBytes?: number
  /** Bytes of the trailer section's field lines with their CR LF; 16 KiB by default, as in hyper. */
  readonly maxTrailerBytes?: number
  /** Field lines of the trailer section; 100 by default, as in hyper. */
  readonly maxTrailerFields?: number
}

export interface ChunkedDecoder {
  /**
   * Decodes the next bytes: returns data frames and, after a trailer section with fields, one trailers frame. Never throws for
   * invalid input: look at `failure`.
   */
  decode(bytes: Uint8Array): readonly (Data | Trailers)[]
  /** Whether the end of the coding has been read. */
  readonly done: boolean
  /** Bytes of the last input after the end, unread. */
  readonly rest: Uint8Array | undefined
  /** The error that ended the decoding. Set once; frames before it have been returned. */
  readonly failure: BodyError | undefined
  /** Call this at the end of the source. Returns the failure, which is `BODY_ENDED_EARLY` if the end of the coding is missing. */
  end(): BodyError | undefined
}

/**
 * Makes a decoder of one body in the chunked coding, without I/O.
 *
 * Bytes may be cut anywhere. Large pieces are views of the input, not copies. Consecutive chunks under 1 KiB in one input are
 * joined into one frame by one copy. Holds no data, and at most `maxTrailerBytes` of trailers. An error is found at the byte
 * that makes the input invalid; an exceeded sum, at the end of the line. Lines end only with CR LF. Extensions are checked and
 * dropped. RFC 9112 section 7.1.
 *
 * Framing is counted over the whole body, by Go's rule: each chunk adds the bytes of its framing, and subtracts 16 and twice its
 * size. So chunks of one byte are allowed, and a body of extensions is not. Extensions have a limit of their own, however much
 * data there is, since each byte of them has to be checked.
 *
 * @param options.maxLineBytes Bytes, 4096 by default; `CHUNK_LINE_TOO_LONG` above it.
 * @param options.maxOverheadBytes Bytes, 16384 by default; `CHUNK_OVERHEAD` above it.
 * @param options.maxExtensionBytes Bytes, 16384 by default; `CHUNK_OVERHEAD` above it.
 * @param options.maxTrailerBytes Bytes, 16384 by default; `TRAILERS_TOO_LARGE` above it.
 * @param options.maxTrailerFields Field lines, 100 by default; `TRAILERS_TOO_LARGE` above it.
 * @throws {RangeError} At the call, when a limit is not a whole number of 0 or more (`maxLineBytes`: 1), or `Infinity`.
 *
 * @example
 * ```ts
 * import { chunkedDecoder } from '@sluice/chunked-input'
 *
 * const decoder = chunkedDecoder()
 * const frames = decoder.decode(new TextEncoder().encode('5\r\nhello\r\n0\r\n\r\n'))
 * if (!decoder.done || frames.length !== 1) throw new Error('not decoded')
 * ```
 */
export const chunkedDecoder = (options: ChunkedDecoderOptions = {}): ChunkedDecoder =>
  new Decoder(options)

type Phase = 'size' | 'data' | 'data cr' | 'data lf' | 'trailers' | 'done' | 'failed'

/** A size of at most this many digits, without leading zeros, is a small integer of V8. */
const quickDigits = 7
const zero = 48

class Decoder implements ChunkedDecoder {
  #phase: Phase = 'size'
  readonly #line: SizeLine
  readonly #trailers: TrailerSection
  readonly #maxLineBytes: number
  readonly #maxOverheadBytes: number
  readonly #maxExtensionBytes: number
  #overheadBytes = 0
  #extensionBytes = 0
  /** Bytes of the chunk's data that are still to come. */
  #left = 0
  #rest: Uint8Array | undefined
  #failure: BodyError | undefined

  constructor(options: ChunkedDecoderOptions) {
    this.#maxLineBytes = checkCount('maxLineBytes', options.maxLineBytes ?? 4096, 1)
    this.#maxOverheadBytes = checkCount('maxOverheadBytes', options.maxOverheadBytes ?? 16_384, 0)
    this.#maxExtensionBytes = checkCount(
      'maxExtensionBytes',
      options.maxExtensionBytes ?? 16_384,
      0,
    )
    this.#line = new SizeLine(this.#maxLineBytes)
    this.#trailers = new TrailerSection(
      checkCount('maxTrailerBytes', options.maxTrailerBytes ?? 16_384, 0),
      checkCount('maxTrailerFields', options.maxTrailerFields ?? 100, 0),
    )
  }

  get done(): boolean {
    return this.#phase === 'done'
  }

  get rest(): Uint8Array | undefined {
    return this.#rest
  }

  get failure(): BodyError | undefined {
    return this.#failure
  }

  decode(bytes: Bytes): readonly (Data | Trailers)[] {
    const frames: (Data | Trailers)[] = []
    const run = new DataRun(bytes, frames)
    let at = 0
    while (at < bytes.length && this.#phase !== 'done' && this.#phase !== 'failed')
      at = this.#advance(bytes, at, run)
    run.release()
    const { flat } = this.#trailers
    // If bytes were taken, the end of the coding was among them.
    if (this.#phase === 'done' && at > 0 && flat.length > 0)
      frames.push({ kind: 'trailers', fields: uncheckedFields(flat) })
    this.#rest = this.#phase === 'done' && at < bytes.length ? bytes.subarray(at) : undefined
    return frames
  }

  end(): BodyError | undefined {
    if (this.#phase !== 'done' && this.#phase !== 'failed')
      this.#fail(
        new BodyError(
          'BODY_ENDED_EARLY',
          'Cannot read the chunked body: found no more bytes, wanted the last chunk and an empty line',
        ),
      )
    return this.#failure
  }

  #advance(bytes: Uint8Array, at: number, run: DataRun): number {
    switch (this.#phase) {
      case 'size':
        return this.#readSize(bytes, this.#line.atStart ? this.#wholeChunks(bytes, at, run) : at)
      case 'data': {
        const end = Math.min(at + this.#left, bytes.length)
        run.add(at, end)
        this.#left -= end - at
        if (this.#left === 0) this.#phase = 'data cr'
        return end
      }
      case 'data cr':
        return this.#expect(bytes, at, cr, 'data lf')
      case 'data lf':
        return this.#expect(bytes, at, lf, 'size')
      case 'trailers': {
        const end = this.#trailers.read(bytes, at)
        if (this.#trailers.failure !== undefined) this.#fail(this.#trailers.failure)
        else if (this.#trailers.over) this.#phase = 'done'
        return end
      }
      case 'done':
      case 'failed':
        return at
    }
  }

  /**
   * Takes whole chunks without extensions, and returns the index of the first other one.
   *
   * Does in one loop what `#advance` does byte by byte. It takes a chunk only after it has checked all of it, and leaves all
   * other chunks to `#advance`.
   */
  #wholeChunks(bytes: Uint8Array, from: number, run: DataRun): number {
    const most = Math.min(maxDigits, this.#maxLineBytes)
    let at = from
    for (;;) {
      const mostAt = Math.min(at + most, bytes.length)
      let digits = bytes[at] === zero ? skipZeros(bytes, at, mostAt) : at
      const lastDigit = Math.min(digits + quickDigits, mostAt)
      let size = 0
      for (; digits < lastDigit; digits++) {
        const value = hexValues[bytes[digits] ?? 0] ?? notHex
        if (value === notHex) break
        size = size * 16 + value
      }
      const start = digits + 2
      const end = start + size
      if (size === 0 || end + 2 > bytes.length) return at
      if (bytes[digits] !== cr || bytes[digits + 1] !== lf) return at
      if (bytes[end] !== cr || bytes[end + 1] !== lf) return at
      run.add(start, end)
      this.#overheadBytes = overheadAfter(this.#overheadBytes, digits - at, size)
      at = end + 2
    }
  }

  #readSize(bytes: Uint8Array, from: number): number {
    const line = this.#line
    const at = line.read(bytes, from)
    if (line.failure !== undefined) this.#fail(line.failure)
    if (!line.over) return at
    this.#overheadBytes = overheadAfter(this.#overheadBytes, line.byteLength, line.size)
    this.#extensionBytes += line.byteLength - line.digits
    this.#left = line.size
    this.#phase = line.size === 0 ? 'trailers' : 'data'
    line.restart()
    if (this.#overheadBytes > this.#maxOverheadBytes) this.#fail(tooMuchOverhead())
    else if (this.#extensionBytes > this.#maxExtensionBytes)
      this.#fail(tooManyExtensions(this.#maxExtensionBytes))
    return at
  }

  #expect(bytes: Uint8Array, at: number, wanted: number, next: Phase): number {
    const found = bytes[at] ?? 0
    if (found === wanted) this.#phase = next
    else this.#fail(chunkInvalid(`${byteName(found)} after a chunk's data`, byteName(wanted)))
    return at + 1
  }

  #fail(failure: BodyError): void {
    this.#phase = 'failed'
    this.#failure = failure
  }
}

const skipZeros = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from
  while (at < end && bytes[at] === zero) at++
  return at
}

/** Go's rule, CVE-2023-39326. The two line ends of a chunk are four bytes. */
const overheadAfter = (before: number, lineBytes: number, size: number): number =>
  Math.max(0, before + lineBytes + 4 - 16 - 2 * size)

const tooMuchOverhead = () =>
  chunkedError(
    'CHUNK_OVERHEAD',
    'Cannot read the chunked body: found far more framing than data, wanted data',
  )

const tooManyExtensions = (maxBytes: number) =>
  chunkedError(
    'CHUNK_OVERHEAD',
    `Cannot read the chunked body: found more chunk extensions, wanted at most ${maxBytes} bytes of them`,
  )
