import { checkCount } from '@sluice/body/engine'

/** The kinds of frames that are not data; `other` stands for every kind that Sluice does not know. */
export type ControlKind = 'flush' | 'pause' | 'trailers' | 'other'

export interface LawOptions {
  /** What the filter is called in reports; the function's name by default. */
  readonly name?: string
  /**
   * The bytes that it is given: some to choose from, or what makes them of any bytes (a compressor, to try its
   * decompressor). By default any bytes, up to 16, and scraps of text and markup.
   */
  readonly inputs?: readonly Uint8Array[] | ((bytes: Uint8Array) => Uint8Array)
  /** Kinds that it does not take, so that none is given to it. */
  readonly refuses?: readonly ControlKind[]
  /** Kinds that it takes and does not pass on. */
  readonly drops?: readonly ControlKind[]
  /** Kinds that it may make of itself. */
  readonly adds?: readonly ControlKind[]
  /** Whether a flush may leave later than it came, and several as one that tells the receipts of all. */
  readonly delaysFlush?: boolean
  /** Reads what a coder gives, up to any flush, where flushes show in its bytes: they are then compared by their meaning. */
  readonly decode?: (bytes: Uint8Array) => Uint8Array
  /** Whether the frames show in the bytes, as they do in the chunked coding: law 7 then holds for the meaning alone. */
  readonly showsCuts?: boolean
  /** Whether it may fail by itself on these inputs; it then has to do so alike however they are cut. */
  readonly mayFail?: boolean
  /** Whether it closes its source only once that has answered, as a generator in it does; not asked of one that is a generator. */
  readonly closesLate?: boolean
  /** Bytes that it may hold while nothing makes it let go of them; 0 by default. */
  readonly maxHeldBytes?: number
  /** Bytes that it may hold over a flush, since they are no whole unit yet; 0 by default. */
  readonly maxHeldOverFlushBytes?: number
  /** Bytes of the longest body that it takes; unlimited by default. Bodies have a few MiB at most. */
  readonly maxBodyBytes?: number
  /** Bodies that are made up for each law, 1 or more; 100 by default. */
  readonly runs?: number
  /** Makes a run repeatable: what a report names; another one each time by default. */
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
