import { restingFilter } from './resting-deflate.ts'
import { gzipMember } from './wrapper.ts'
import type { Filter } from '@sluice/filter'
import type { DeflateOptions } from './resting-deflate.ts'

/**
 * Compresses a body as one gzip member (RFC 1952) that keeps no zlib context.
 *
 * Holds less than 64 KiB. A flush, a pause, a frame of an unknown kind and the end let all of it out in front of them. Then only
 * the last `restBytes` of plain text and eight bytes of checksum are kept. Up to 32 KiB (from level 7 on 1 KiB) are compressed
 * in place; more in the thread pool, in blocks of 64 KiB. The next frame is pulled when a block has been taken.
 *
 * @param options.level 1 (fast) to 9 (small); 6 by default.
 * @param options.restBytes Bytes, 0 to 32,768; 1,024 by default.
 * @param options.maxDelayMs Milliseconds that bytes may be held, as in `coalesce`; no limit by default.
 * @throws {RangeError} At the call, when an option is out of range.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 * import { gzip } from '@sluice/compress'
 *
 * const coded = await readBytes(gzip()(toBody('hello')))
 * if (coded[0] !== 0x1f || coded[1] !== 0x8b) throw new Error('no gzip')
 * ```
 */
export const gzip = (options: DeflateOptions = {}): Filter =>
  restingFilter('gzip', gzipMember, options)
