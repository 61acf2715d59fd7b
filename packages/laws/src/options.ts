import { checkCount } from '@sluice/body/engine'

/** The kinds of frames that are not data; `other` stands for every kind that Sluice does not know. */
export type ControlKind = 'flush' | 'pause' | 'trailers' | 'other'

export interface LawOptions {
  /** The name of the filter in reports; the name of the function by default. */
  readonly name?: string
  /**
   * The input bytes: a list to choose from, or a function that makes valid input of any bytes (a compressor, to check its
   * decompressor). By default any bytes, up to 16, and scraps of text and markup.
   */
  readonly inputs?: readonly Uint8Array[] | ((bytes: Uint8Array) => Uint8Array)
  /** Kinds that the filter does not accept: none are given to it. */
  readonly refuses?: readonly ControlKind[]
  /** Kinds that it accepts but does not pass on. */
  readonly drops?: readonly ControlKind[]
  /** Kinds of which it may add frames. */
  readonly adds?: readonly ControlKind[]
  /** Whether a flush may leave later, and several flushes as one that calls all their receipts. */
  readonly delaysFlush?: boolean
  /** Decodes the output of a coder, up to any flush. Needed if flushes show in the output: then decoded bytes are compared. */
  readonly decode?: (bytes: Uint8Array) => Uint8Array
  /** Whether cuts show in the output, as in the chunked coding: law 7 then compares only decoded bytes. */
  readonly showsCuts?: boolean
  /** Whether it may fail by itself on these inputs. It must then fail in the same way however they are cut. */
  readonly mayFail?: boolean
  /** Whether it closes its source only after a pending pull, as with a generator inside. Not needed if the filter is a generator. */
  readonly closesLate?: boolean
  /** The most bytes that it may hold between control frames; 0 by default. */
  readonly maxHeldBytes?: number
  /** The most bytes that it may hold over a flush, such as half a character; 0 by default. */
  readonly maxHeldOverFlushBytes?: number
  /** Bytes of the longest body that it accepts; unlimited by default. No body has more than a few MiB. */
  readonly maxBodyBytes?: number
  /** Random bodies for each law, 1 or more; 100 by default. */
  readonly runs?: number
  /** Repeats a run: the seed of its report. By default another one each time. */
  readonly seed?: number
  /** Milliseconds that the filter may take for one body, 1 or more; 2,000 by default. */
  readonly timeoutMs?: number
}

/** Options, checked, with their defaults. */
export interface Settings
  extends Required<Omit<LawOptions, 'name' | 'inputs' | 'decode' | 'refuses' | 'drops' | 'adds'>> {
  readonly name: string | undefined
  readonly inputs: LawOptions['inputs']
  readonly decode: LawOptions['decode']
  readonly refuses: ReadonlySet<string>
  readonly drops: ReadonlySet<string>
  readonly adds: ReadonlySet<string>
}

const kinds: ReadonlySet<string> = new Set(['flush', 'pause', 'trailers', 'other'])

export const settingsOf = (options: LawOptions): Settings => {
  const { inputs, decode, showsCuts = false } = options
  if (typeof inputs === 'object' && inputs.length === 0)
    throw new RangeError('Cannot use inputs: found none, wanted one or more')
  if (showsCuts && decode === undefined)
    throw new TypeError('Cannot use showsCuts: found no decode, wanted one to compare by')
  return {
    name: options.name,
    inputs,
    decode,
    refuses: kindsOf('refuses', options.refuses),
    drops: kindsOf('drops', options.drops),
    adds: kindsOf('adds', options.adds),
    delaysFlush: options.delaysFlush ?? false,
    showsCuts,
    closesLate: options.closesLate ?? false,
    mayFail: options.mayFail ?? false,
    maxHeldBytes: checkCount('maxHeldBytes', options.maxHeldBytes ?? 0, 0),
    maxHeldOverFlushBytes: checkCount(
      'maxHeldOverFlushBytes',
      options.maxHeldOverFlushBytes ?? 0,
      0,
    ),
    maxBodyBytes: checkCount('maxBodyBytes', options.maxBodyBytes ?? Number.POSITIVE_INFINITY, 0),
    runs: checkFinite('runs', options.runs ?? 100),
    seed: checkSeed(options.seed ?? Math.trunc(Math.random() * maxSeed)),
    timeoutMs: checkFinite('timeoutMs', options.timeoutMs ?? 2000),
  }
}

const maxSeed = 2 ** 31 - 1

const kindsOf = (name: string, list: readonly string[] = []): ReadonlySet<string> => {
  for (const kind of list)
    if (!kinds.has(kind))
      throw new TypeError(
        `Cannot use ${name}: found ${kind}, wanted flush, pause, trailers or other`,
      )
  return new Set(list)
}

const checkFinite = (name: string, value: number): number => {
  if (Number.isInteger(value) && value >= 1 && value <= maxSeed) return value
  throw new RangeError(
    `Cannot use ${name}: found ${value}, wanted a whole number of 1 to ${maxSeed}`,
  )
}

const checkSeed = (seed: number): number => {
  if (Number.isInteger(seed) && Math.abs(seed) <= maxSeed) return seed
  throw new RangeError(
    `Cannot use seed: found ${seed}, wanted a whole number of at most ${maxSeed}`,
  )
}
