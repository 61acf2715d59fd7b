import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { concat } from '@sluice/body'
import { inPlaceBytes } from './block-sizes.ts'
import { checkBetween } from './check-between.ts'
import { codingFilter } from './held-coding.ts'
import type { ZlibOptions } from 'node:zlib'
import type { Filter } from '@sluice/filter'
import type { Segments } from './held-coding.ts'
import type { Wrapper } from './wrapper.ts'

export interface DeflateOptions {
  /** 1 (fast) to 9 (small); 6 by default. */
  readonly level?: number
  /** Bytes of plain text kept after a flush or a pause, for the next to refer to: 0 to 32,768; 1,024 by default. */
  readonly restBytes?: number
  /** Milliseconds that bytes may be held; 0: until the source has nothing more at once. For ever by default. */
  readonly maxDelayMs?: number
}

/** RFC 1951 section 2: no distance goes farther back. */
const windowBytes = 32_768

/** zlib looks so far ahead, and refers back to so much less than its window. */
const lookaheadBytes = 262

const none = new Uint8Array()

export const restingFilter = (
  name: string,
  makeWrapper: () => Wrapper,
  { level = 6, restBytes = 1024, maxDelayMs }: DeflateOptions,
): Filter => {
  checkBetween('level', level, 1, 9)
  checkBetween('restBytes', restBytes, 0, windowBytes)
  return codingFilter(name, () => new RestingDeflate(makeWrapper(), level, restBytes), maxDelayMs)
}

/**
 * One deflate stream, written in segments: each is compressed by itself, with the plain text before it as dictionary, and
 * ends at a byte. So no context lives between two of them, and all that is kept is that text and the check.
 *
 * Blocks go to the thread pool. This costs what a context would: measured on 8 MiB of JavaScript, Node 20, CPU of the
 * whole process: context 138-146 ms and 1,503,364 bytes, blocks of 64 KiB 143-149 ms and 1,506,513 bytes.
 */
class RestingDeflate implements Segments {
  readonly #wrapper: Wrapper
  readonly #level: number
  readonly #restBytes: number
  #before: Uint8Array = none
  /** Whether the text before is in an array of ours, and not a view of others' bytes. */
  #isOwn = false
  #hasHead = false

  constructor(wrapper: Wrapper, level: number, restBytes: number) {
    this.#wrapper = wrapper
    this.#level = level
    this.#restBytes = restBytes
  }

  async *block(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const coded = await deflateInPool(bytes, this.#optionsFor(bytes, constants.Z_SYNC_FLUSH))
    this.#before = bytes.subarray(-windowBytes)
    this.#isOwn = false
    yield this.#framed(bytes, coded)
  }

  flush(bytes: Uint8Array): Uint8Array | PromiseLike<Uint8Array> | undefined {
    if (bytes.length === 0) {
      this.#keepLastOf(bytes)
      return undefined
    }
    const options = this.#optionsFor(bytes, constants.Z_SYNC_FLUSH)
    const done = (coded: Uint8Array) => {
      this.#keepLastOf(bytes)
      return this.#framed(bytes, coded)
    }
    return bytes.length <= inPlaceBytes
      ? done(deflateRawSync(bytes, options))
      : deflateInPool(bytes, options).then(done)
  }

  end(bytes: Uint8Array): Uint8Array | PromiseLike<Uint8Array> {
    const options = this.#optionsFor(bytes, constants.Z_FINISH)
    const ended = (coded: Uint8Array) => concat([this.#framed(bytes, coded), this.#wrapper.tail()])
    if (bytes.length <= inPlaceBytes) return ended(deflateRawSync(bytes, options))
    return deflateInPool(bytes, options).then(ended)
  }

  /** Takes the text into the check, and gives the first segment its head. */
  #framed(bytes: Uint8Array, coded: Uint8Array): Uint8Array {
    this.#wrapper.take(bytes)
    if (this.#hasHead) return coded
    this.#hasHead = true
    return concat([this.#wrapper.head, coded])
  }

  /** Keeps the last of the text in an array of our own, so that the bytes of others can go. */
  #keepLastOf(bytes: Uint8Array): void {
    if (bytes.length === 0 && this.#isOwn) return
    const before = this.#before
    const most = this.#restBytes
    const isFull = this.#isOwn && before.length === most
    if (isFull && bytes.length <= most) {
      before.copyWithin(0, bytes.length)
      before.set(bytes, most - bytes.length)
      return
    }
    const added = bytes.subarray(Math.max(0, bytes.length - most))
    const kept = before.subarray(Math.max(0, before.length + added.length - most))
    this.#before = new Uint8Array(kept.length + added.length)
    this.#before.set(kept)
    this.#before.set(added, kept.length)
    this.#isOwn = true
  }

  #optionsFor(bytes: Uint8Array, finishFlush: number): ZlibOptions {
    const dictionary = this.#before
    const reach = dictionary.length + bytes.length + lookaheadBytes
    const options: ZlibOptions = {
      level: this.#level,
      finishFlush,
      // No larger than reaches: clearing 32 KiB of window is a fifth of the cost of a short message (9.1 us, 7.0 us).
      windowBits: Math.min(15, Math.max(9, Math.ceil(Math.log2(reach)))),
      // One piece, whatever comes: the default of 16 KiB is mostly air around a message.
      chunkSize: bytes.length + 64,
    }
    if (dictionary.length > 0) options.dictionary = dictionary
    return options
  }
}

const deflateInPool = (bytes: Uint8Array, options: ZlibOptions): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    deflateRaw(bytes, options, (error, coded) => {
      if (error === null) resolve(coded)
      else reject(error)
    })
  })
