import { restingFilter } from './resting-deflate.ts'
import { zlibStream } from './wrapper.ts'
import type { Filter } from '@sluice/filter'
import type { DeflateOptions } from './resting-deflate.ts'

/**
 * Compresses a body as a zlib stream (RFC 1950), which is what HTTP calls deflate (RFC 9110 section 8.4.1.2).
 *
 * It holds, keeps and throws the same as `gzip`.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 * import { deflate } from '@sluice/compress'
 *
 * const coded = await readBytes(deflate()(toBody('hello')))
 * if (coded[0] !== 0x78) throw new Error('no zlib stream')
 * ```
 */
export const deflate = (options: DeflateOptions = {}): Filter =>
  restingFilter('deflate', zlibStream, options)
