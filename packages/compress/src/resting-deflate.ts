import { Buffer } from 'node:buffer'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { concat } from '@sluice/body'
import { inPlaceBytes } from './block-sizes.ts'
import { checkBetween } from './check-between.ts'
import { deflateShort } from './deflate-short.ts'
import { codingFilter } from './held-coding.ts'
import type { ZlibOptions } from 'node:zlib'
import type { Filter } from '@sluice/filter'
import type { Segments } from './held-coding.ts'
import type { Wrapper } from './wrapper.ts'

export interface DeflateOptions {
  /** 1 (fast) to 9 (small); 6 by default. Short messages that are flushed come out the same at each. */
  readonly level?: number
  /** Bytes of plain text kept after a flush or a pause, for the next to refer to: 0 to 32,768; 1,024 by default. */
  readonly restBytes?: number
  /** Milliseconds that bytes may be held; 0: until the source has nothing more at once. For ever by default. */
  readonly maxDelayMs?: number
}

/** RFC 1951 section 2: no distance goes farther back. */
const windowBytes = 32_768

const none = new Uint8Array()

/** zlib looks so far ahead, and refers back to so much less than its window. */
const lookaheadBytes = 262

/** RFC 1951 section 3.2.6: the last block, by the fixed codes, with nothing in it. */
const lastBlock = Uint8Array.of(3, 0)

/** From level 7 on zlib spends many times as long on finding matches. */
const inPlaceBytesAt = (level: number): number => (level < 7 ? inPlaceBytes : 1024)

/** What all bodies of a filter share. */
interface Settings {
  readonly wrapper: Wrapper
  readonly level: number
  readonly restBytes: number
  /** Up to this much is compressed in place, more in the thread pool. */
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
 * One deflate stream, written in segments: each is compressed by itself, with the plain text before it as dictionary, and
 * ends at a byte. So no context lives between two of them, and all that is kept is that text and the check.
 *
 * Segments end by a sync flush. A partial flush would take three or four bytes less of each; but what reads in Go lets
 * nothing out before it sees the empty stored block of a sync flush (golang/go#31514), and would wait for the next one.
 *
 * Blocks go to the thread pool. This costs hardly more CPU and bytes than a context would.
 */
class RestingDeflate implements Segments {
  readonly #settings: Settings
  /**
   * The text before: none before the first segment; after a block a view of it, which may be of others' bytes; at rest a
   * string of a character a byte. That is one object, an array three.
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

  /** Takes the text into the check, and gives the first segment its head. */
  #framed(bytes: Uint8Array, coded: Uint8Array): Uint8Array {
    const { wrapper } = this.#settings
    this.#check = wrapper.checkOf(bytes, this.#check)
    this.#length = (this.#length + bytes.length) | 0
    return this.#before === undefined ? concat([wrapper.head, coded]) : coded
  }

  /** Keeps the last of what stands in the scratch: a copy, so that the bytes of others can go. */
  #keep(end: number): void {
    const start = Math.max(0, end - this.#settings.restBytes)
    this.#before = scratch.toString('latin1', start, end)
  }

  #inPool(bytes: Uint8Array, finishFlush: number): Promise<Uint8Array> {
    const before = this.#before
    // Not by the scratch: others use it while this one waits.
    const dictionary = typeof before === 'string' ? Buffer.from(before, 'latin1') : before
    return deflateInPool(bytes, this.#options(dictionary ?? none, bytes, finishFlush))
  }

  #options(dictionary: Uint8Array, bytes: Uint8Array, finishFlush: number): ZlibOptions {
    const reach = dictionary.length + bytes.length + lookaheadBytes
    const options: ZlibOptions = {
      level: this.#settings.level,
      finishFlush,
      // No larger than reaches: clearing 32 KiB of window is a good part of the cost of a short message.
      windowBits: Math.min(15, Math.max(9, Math.ceil(Math.log2(reach)))),
      // One piece, whatever comes: the default of 16 KiB is mostly air around a message.
      chunkSize: bytes.length + 64,
    }
    if (dictionary.length > 0) options.dictionary = dictionary
    return options
  }
}

/** Where a text is put after the one before it, in place and so one at a time. */
const scratch = Buffer.allocUnsafeSlow(windowBytes + inPlaceBytes)

/** Puts the text before into the scratch, and says where it ends there. */
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
