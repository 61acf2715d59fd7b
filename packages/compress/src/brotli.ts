import { brotliCompressSync, constants, createBrotliCompress } from 'node:zlib'
import { inPlaceBytes } from './block-sizes.ts'
import { checkBetween } from './check-between.ts'
import { codingFilter } from './held-coding.ts'
import { StreamingCoding } from './streaming-coding.ts'
import type { Filter } from '@sluice/filter'
import type { StreamCoding } from './streaming-coding.ts'

/**
 * 256 KiB, as in Apache. The encoder's own choice, 4 MiB, makes large texts a little smaller, but takes that much more memory for
 * each body.
 */
const windowBits = 18

/** Qualities from 6 on are slow, from 9 on much slower. */
const inPlaceBytesAt = (quality: number): number =>
  quality < 6 ? inPlaceBytes : quality < 9 ? 8192 : 1024

export interface BrotliOptions {
  /** 0 (fast) to 11 (small, and hundreds of times slower); 5 by default. */
  readonly quality?: number
  /** Milliseconds that bytes may be held, rounded up; 0 or less: until the source has nothing more at once. No limit by default. */
  readonly maxDelayMs?: number
}

/**
 * Compresses a body with Brotli (RFC 7932).
 *
 * Holds less than 64 KiB. A flush, a pause, a frame of an unknown kind and the end let all of it out in front of them.
 * Cannot rest: only its own context can continue a Brotli stream. So a flushed body keeps a context of half a mebibyte to its
 * end. A whole body of up to 32 KiB (from quality 6 on 8 KiB, from 9 on 1 KiB, since these are slow) is compressed in place
 * and needs none.
 *
 * @param options.quality 0 to 11; 5 by default, which costs about what gzip does.
 * @param options.maxDelayMs Milliseconds that bytes may be held, as in `coalesce`; no limit by default.
 * @throws {RangeError} At the call, when an option is out of range.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 * import { brotli } from '@sluice/compress'
 *
 * const coded = await readBytes(brotli()(toBody('la '.repeat(1000))))
 * if (coded.length > 30) throw new Error('not small')
 * ```
 */
export const brotli = ({ quality = 5, maxDelayMs }: BrotliOptions = {}): Filter => {
  const options = {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: checkBetween('quality', quality, 0, 11),
      [constants.BROTLI_PARAM_LGWIN]: windowBits,
    },
  }
  const coding: StreamCoding = {
    start: () => createBrotliCompress(options),
    inPlaceBytes: inPlaceBytesAt(quality),
    whole: (bytes) => brotliCompressSync(bytes, options),
    flushKind: constants.BROTLI_OPERATION_FLUSH,
    restsAtPause: false,
  }
  return codingFilter('brotli', () => new StreamingCoding(coding), maxDelayMs)
}
