import { checkCount } from '@sluice/body/engine'
import { chain, limitBytes } from '@sluice/filter'
import { HttpError } from '@sluice/stack'
import { codingName } from './accepted-codings.ts'
import { codingsHere } from './coding.ts'
import { decode } from './decoding.ts'
import { codingError } from './errors.ts'
import type { Filter } from '@sluice/filter'
import type { Coding } from './coding.ts'

export interface DecompressOptions {
  /** The most bytes that the content may have; 16 MiB by default, `Infinity` for no limit. */
  readonly maxBytes?: number
  /** How many times larger than the coded bytes the content may be, after its first 64 KiB; 200 by default, as in Apache. */
  readonly maxRatio?: number
  /** How many codings may be applied on top of each other; 1 by default. */
  readonly maxLayers?: number
}

/** The same, with the defaults filled in. */
export type DecompressBounds = Required<DecompressOptions>

/** @throws {RangeError} When an option is out of range. */
export const boundsOf = (options: DecompressOptions): DecompressBounds => ({
  maxBytes: checkCount('maxBytes', options.maxBytes ?? 16_777_216, 0),
  maxRatio: checkCount('maxRatio', options.maxRatio ?? 200, 1),
  maxLayers: checkCount('maxLayers', options.maxLayers ?? 1, 0),
})

/**
 * Decodes a body by its `content-encoding` field: gzip, deflate, br, and zstd if Node has it.
 *
 * Holds a piece or two of 64 KiB, however large the content becomes: it is decompressed when it is pulled. If the sender
 * flushed, all content up to the flush can be read. Members of gzip and frames of zstd may follow each other; anything else
 * after the end is an error, and so is an early end. Bounds hold for each layer. Without a coding the body passes unchanged and
 * unbounded.
 *
 * @param codings The value of the field, in the order in which the codings were applied.
 * @param options.maxBytes Bytes, 16 MiB by default.
 * @param options.maxRatio 200 by default.
 * @param options.maxLayers 1 by default.
 * @throws {RangeError} At the call, when an option is out of range.
 * @throws {HttpError} At the call: `CODING_UNKNOWN` (501).
 * @throws {BodyError} At the call: `CODING_INVALID` (400) for too many layers. While reading:
 * `CODING_INVALID` if the content is malformed or bytes follow it, `BODY_ENDED_EARLY` (400), `CODING_RATIO` (413),
 * `BODY_TOO_LARGE` (413).
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { decompress, gzip } from '@sluice/compress'
 *
 * const coded = gzip()(toBody('hello'))
 * if ((await readText(decompress('gzip')(coded))) !== 'hello') throw new Error('lost')
 * ```
 */
export const decompress = (codings: string, options: DecompressOptions = {}): Filter => {
  const bounds = boundsOf(options)
  const layers = layersOf(codings)
  const unknown = unknownIn(layers)
  if (unknown !== undefined) throw unknownCoding(unknown)
  if (layers.length > bounds.maxLayers) throw tooManyLayers(layers.length, bounds.maxLayers)
  const limit = limitBytes(bounds)
  const filters = layers
    .filter(isKnown)
    .reverse()
    .flatMap((coding) => [decode(coding, bounds.maxRatio), limit])
  return chain(...filters)
}

/** The codings of a field, without `identity`. */
export const layersOf = (codings: string): readonly string[] =>
  codings
    .split(',')
    .map(codingName)
    .filter((name) => name !== '' && name !== 'identity')

/** The first unknown coding. */
export const unknownIn = (layers: readonly string[]): string | undefined =>
  layers.find((name) => !isKnown(name))

const isKnown = (name: string): name is Coding => codingsHere.some((coding) => coding === name)

const unknownCoding = (found: string) =>
  new HttpError(
    'CODING_UNKNOWN',
    `Cannot decompress: found the coding ${JSON.stringify(found)}, wanted ${codingsHere.join(', ')}`,
  )

const tooManyLayers = (found: number, most: number) =>
  codingError(
    'CODING_INVALID',
    `Cannot decompress: found ${found} codings on each other, wanted at most ${most}`,
  )
