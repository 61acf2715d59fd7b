import { brotli } from './brotli.ts'
import { deflate } from './deflate.ts'
import { gzip } from './gzip.ts'
import { hasZstd, zstd } from './zstd.ts'
import type { Filter } from '@sluice/filter'
import type { BrotliOptions } from './brotli.ts'
import type { DeflateOptions } from './resting-deflate.ts'
import type { ZstdOptions } from './zstd.ts'

/** The content codings of this package, by their names in HTTP. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

export interface CodingOptions {
  /** For `gzip` and `deflate`. */
  readonly gzip?: DeflateOptions
  readonly brotli?: BrotliOptions
  readonly zstd?: ZstdOptions
}

/** The codings that this version of Node has. First comes the one that costs least for what it saves. */
export const codingsHere: readonly Coding[] = [
  ...(hasZstd ? (['zstd'] as const) : []),
  'br',
  'gzip',
  'deflate',
]

/** A coding with the filter that codes. */
export interface Coder {
  readonly coding: Coding
  readonly filter: Filter
}

/** First the codings that keep a few hundred bytes of state between two messages, then the others. */
export const restingFirst = (coders: readonly Coder[]): readonly Coder[] => [
  ...coders.filter(({ coding }) => rests(coding)),
  ...coders.filter(({ coding }) => !rests(coding)),
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
