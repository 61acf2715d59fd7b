import { foundIn } from '@sluice/body/engine'

/** The options of `compress`. */
const options: ReadonlySet<string> = new Set([
  'codings',
  'minBytes',
  'maxDelayMs',
  'isCompressible',
  'pauses',
  'gzip',
  'brotli',
  'zstd',
])

/** What they are called elsewhere. */
const replacements: ReadonlyMap<string, string> = new Map([
  ['threshold', 'minBytes'],
  ['level', 'gzip: { level }'],
  ['quality', 'brotli: { quality }'],
  ['encodings', 'codings'],
  ['encoding', 'codings'],
  ['filter', 'isCompressible'],
  ['br', 'brotli'],
  ['deflate', 'gzip'],
])

/**
 * Refuses options that would be ignored silently, and codings that are not in a list.
 *
 * @throws {TypeError} At the first one.
 */
export const refuseOtherOptions = (given: object): void => {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (!options.has(name))
      throw new TypeError(
        `Cannot use ${name}: found an option that compress does not have, wanted ${wantedFor(name)}`,
      )
    if (name === 'codings' && !Array.isArray(value))
      throw new TypeError(`Cannot use codings: found ${foundIn(value)}, wanted an array of codings`)
  }
}

const wantedFor = (name: string): string =>
  replacements.get(name) ?? `one of ${[...options].join(', ')}`
