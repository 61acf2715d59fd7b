import { brotli } from './brotli.ts'
import { deflate } from './deflate.ts'
import { gzip } from './gzip.ts'
import { hasZstd, zstd } from './zstd.ts'
import type { Filter } from '@sluice/filter'
import type { BrotliOptions } from './brotli.ts'
import type { DeflateOptions } from './resting-deflate.ts'
import type { ZstdOptions } from './zstd.ts'

/** The content codings there are here, by the names that HTTP has for them. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

export interface CodingOptions {
  /** For `gzip` and `deflate`. */
  readonly gzip?: DeflateOptions
  readonly brotli?: BrotliOptions
  readonly zstd?: ZstdOptions
}

/** Those that this Node has, as a server would have them: the cheapest for its outcome first. */
export const codingsHere: readonly Coding[] = [
  ...(hasZstd ? (['zstd'] as const) : []),
  'br',
  'gzip',
  'deflate',
]

/** Those whose state is a few hundred bytes between two messages, and then the others. */
export const restingFirst = (codings: readonly Coding[]): readonly Coding[] => [
  ...codings.filter(rests),
  ...codings.filter((coding) => !rests(coding)),
]

const rests = (coding: Coding): boolean => coding === 'gzip' || coding === 'deflate'

export const filterOf = (coding: Coding, options: CodingOptions, maxDelayMs: number): Filter => {
  switch (coding) {
    case 'gzip':
      return gzip({ maxDelayMs, ...options.gzip })
    case 'deflate':
      return deflate({ maxDelayMs, ...options.gzip })
    case 'br':
      return brotli({ maxDelayMs, ...options.brotli })
    case 'zstd':
      return zstd({ maxDelayMs, ...options.zstd })
  }
}
