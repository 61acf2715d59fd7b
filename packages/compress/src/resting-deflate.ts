import { Buffer } from 'node:buffer'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { concat } from '@sluice/body'
import { noBytes } from '@sluice/body/engine'
import { inPlaceBytes } from './block-sizes.ts'
import { checkBetween } from './check-between.ts'
import { deflateShort } from './deflate-short.ts'
import { codingFilter } from './held-coding.ts'
import type { ZlibOptions } from 'node:zlib'
import type { Filter } from '@sluice/filter'
import type { Segments } from './held-coding.ts'
import type { Wrapper } from './wrapper.ts'

export interface DeflateOptions {
  /** 1 (fast) to 9 (small); 6 by default. Short flushed messages have the same size at each level. */
  readonly level?: number
  /** Bytes of plain text kept after a flush or a pause, as the dictionary of what follows: 0 to 32,768; 1,024 by default. */
  readonly restBytes?: number
  /** Milliseconds that bytes may be held, rounded up; 0 or less: until the source has nothing more at once. No limit by default. */
  readonly maxDelayMs?: number
}

/** RFC 1951 section 2: the longest distance. */
const windowBytes = 32_768

/** zlib looks this many bytes ahead, and its longest distance is that much shorter than its window. */
const lookaheadBytes = 262

/** RFC 1951 section 3.2.6: an empty last block in the fixed codes. */
const lastBlock = Uint8Array.of(3, 0)

/** From level 7 on zlib spends many times as long on finding matches. */
const inPlaceBytesAt = (level: number): number => (level < 7 ? inPlaceBytes : 1024)

/** The settings that all bodies of a filter share. */
interface Settings {
  readonly wrapper: Wrapper
  readonly level: number
  readonly restBytes: number
  /** Up to this many bytes are compressed in place, more in the thread pool. */
  readonly inPlaceBytes: number
}

export const restingFilter = (
  name: string,
  wrapper: Wrapper,
  { level = 6, restBytes = 1024, maxDelayMs }: DeflateOptions,
): Filter => {
  checkBetween('level', level, 1, 9)
  checkBetween('restBytes', restBytes, 0, windowBytes)
  const settings: Settings = { wrapper, level, restBytes, inPlaceBytes: inPlaceBytesAt(level) }
  return codingFilter(name, () => new RestingDeflate(settings), maxDelayMs)
}

/**
 * One deflate stream, written in segments. Each is compressed on its own, with the plain text before it as its dictionary, and
 * ends at a byte boundary. So no zlib context lives between two segments: only that text and the checksum are kept.
 *
 * Segments end with a sync flush. A partial flush would be three or four bytes shorter. But readers in Go return nothing before
 * the empty stored block of a sync flush (golang/go#31514): they would wait for the next segment.
 *
 * Blocks go to the thread pool. This costs hardly more CPU and bytes than a context would.
 */
class RestingDeflate implements Segments {
  readonly #settings: Settings
  /**
   * The text before this place. Before the first segment none; after a block a view of it, perhaps of a received buffer; at rest
   * a string with a character for each byte, which takes less memory than an array.
   */
  #before: string | Uint8Array | undefined
  #check: number
  /** Modulo 2^32, and with a sign: see `Wrapper.checkOf`. */
  #length = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.#check = settings.wrapper.emptyCheck
  }

  async *block(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const coded = await this.#inPool(bytes, constants.Z_SYNC_FLUSH)
    const framed = this.#framed(bytes, coded)
    this.#before = bytes.subarray(-windowBytes)
    yield framed
  }

  flush(bytes: Uint8Array): Uint8Array | PromiseLike<Uint8Array> | undefined {
    if (bytes.length > this.#settings.inPlaceBytes) return this.#flushInPool(bytes)
    if (bytes.length === 0) {
      if (typeof this.#before === 'object') this.#keep(place(this.#before))
      return undefined
    }
    const start = place(this.#before)
    const end = start + bytes.length
    scratch.set(bytes, start)
    const coded =
      deflateShort(scratch, start, end) ??
      deflateRawSync(
        bytes,
        this.#options(scratch.subarray(0, start), bytes, constants.Z_SYNC_FLUSH),
      )
    const framed = this.#framed(bytes, coded)
    this.#keep(end)
    return framed
  }

  async #flushInPool(bytes: Uint8Array): Promise<Uint8Array> {
    const framed = this.#framed(bytes, await this.#inPool(bytes, constants.Z_SYNC_FLUSH))
    this.#keep(place(bytes.subarray(-windowBytes)))
    return framed
  }

  end(bytes: Uint8Array): Uint8Array | PromiseLike<Uint8Array> {
    const ended = (coded: Uint8Array) => {
      const framed = this.#framed(bytes, coded)
      return concat([framed, this.#settings.wrapper.tail(this.#check, this.#length)])
    }
    if (bytes.length === 0) return ended(lastBlock)
    if (bytes.length > this.#settings.inPlaceBytes)
      return this.#inPool(bytes, constants.Z_FINISH).then(ended)
    const before = scratch.subarray(0, place(this.#before))
    return ended(deflateRawSync(bytes, this.#options(before, bytes, constants.Z_FINISH)))
  }

  /** Adds the text to the checksum, and puts the head in front of the first segment. */
  #framed(bytes: Uint8Array, coded: Uint8Array): Uint8Array {
    const { wrapper } = this.#settings
    this.#check = wrapper.checkOf(bytes, this.#check)
    this.#length = (this.#length + bytes.length) | 0
    return this.#before === undefined ? concat([wrapper.head, coded]) : coded
  }

  /** Copies the end of the scratch, so that received buffers can be freed. */
  #keep(end: number): void {
    const start = Math.max(0, end - this.#settings.restBytes)
    this.#before = scratch.toString('latin1', start, end)
  }

  #inPool(bytes: Uint8Array, finishFlush: number): Promise<Uint8Array> {
    const before = this.#before
    // Not in the scratch: other bodies use it while this one waits.
    const dictionary = typeof before === 'string' ? Buffer.from(before, 'latin1') : before
    return deflateInPool(bytes, this.#options(dictionary ?? noBytes, bytes, finishFlush))
  }

  #options(dictionary: Uint8Array, bytes: Uint8Array, finishFlush: number): ZlibOptions {
    const reach = dictionary.length + bytes.length + lookaheadBytes
    const options: ZlibOptions = {
      level: this.#settings.level,
      finishFlush,
      // No larger than needed: clearing a window of 32 KiB is a good part of the cost of a short message.
      windowBits: Math.min(15, Math.max(9, Math.ceil(Math.log2(reach)))),
      // One piece of the right size: most of the default of 16 KiB would be unused.
      chunkSize: bytes.length + 64,
    }
    if (dictionary.length > 0) options.dictionary = dictionary
    return options
  }
}

/** Holds a text behind the one before it. Shared by all bodies, since it is used within one call. */
const scratch = Buffer.allocUnsafeSlow(windowBytes + inPlaceBytes)

/** Copies the text before into the scratch, and returns the index of its end. */
const place = (before: string | Uint8Array | undefined): number => {
  if (typeof before === 'string') return scratch.write(before, 'latin1')
  if (before === undefined) return 0
  scratch.set(before)
  return before.length
}

const deflateInPool = (bytes: Uint8Array, options: ZlibOptions): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    deflateRaw(bytes, options, (error, coded) => {
      if (error === null) resolve(coded)
      else reject(error)
    })
  })
