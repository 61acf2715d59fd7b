import { inPlaceBytes } from './block-sizes.ts'
import { checkBetween } from './check-between.ts'
import { codingFilter } from './held-coding.ts'
import { nodeZstd, requireZstd } from './node-zstd.ts'
import { StreamingCoding } from './streaming-coding.ts'
import type { Filter } from '@sluice/filter'
import type { StreamCoding } from './streaming-coding.ts'

const inPlaceBytesAt = (level: number): number =>
  level < 7 ? inPlaceBytes : level < 13 ? 8192 : 4096

export interface ZstdOptions {
  /** 1 (fast) to 19 (small, and slow); 3 by default. Browsers take windows up to 8 MiB (RFC 9659), as these have. */
  readonly level?: number
  /** Milliseconds that bytes may be held, rounded up; 0 or less: until the source has nothing more at once. No limit by default. */
  readonly maxDelayMs?: number
}

/** Whether this Node has zstd: 22.15 and newer do. */
export const hasZstd: boolean = nodeZstd !== undefined

/**
 * Compresses a body with Zstandard (RFC 8878), if Node has it: see `hasZstd`.
 *
 * Holds less than 64 KiB. A flush, a pause, a frame of an unknown kind and the end let all of it out in front of them.
 * Rests at a pause, not at a flush: the zstd frame ends, its context of about 0.8 MiB is freed, and the next frame starts
 * without a dictionary, so short messages become larger. Consecutive frames are one content (RFC 8878 section 3); Chromium and
 * curl read them.
 *
 * @param options.level 1 to 19; 3 by default.
 * @param options.maxDelayMs Milliseconds that bytes may be held, as in `coalesce`; no limit by default.
 * @throws {TypeError} At the call, if Node has no zstd.
 * @throws {RangeError} At the call, when an option is out of range.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 * import { hasZstd, zstd } from '@sluice/compress'
 *
 * if (hasZstd) {
 *   const coded = await readBytes(zstd()(toBody('la '.repeat(1000))))
 *   if (coded.length > 40) throw new Error('not small')
 * }
 * ```
 */
export const zstd = ({ level = 3, maxDelayMs }: ZstdOptions = {}): Filter => {
  const { constants, createZstdCompress, zstdCompressSync } = requireZstd()
  const options = {
    params: { [constants.ZSTD_c_compressionLevel]: checkBetween('level', level, 1, 19) },
  }
  const coding: StreamCoding = {
    start: () => createZstdCompress(options),
    inPlaceBytes: inPlaceBytesAt(level),
    whole: (bytes) => zstdCompressSync(bytes, options),
    flushKind: constants.ZSTD_e_flush,
    restsAtPause: true,
  }
  return codingFilter('zstd', () => new StreamingCoding(coding), maxDelayMs)
}
