import { data } from '@sluice/body'
import { lawTests } from '@sluice/laws'
import * as assert from 'uvu/assert'
import { record } from '../bodies/record.ts'
import { watched } from '../bodies/sources.ts'
import { cuts } from '../parsing/cuts.ts'
import { within } from '../within.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { ControlKind, LawTest } from '@sluice/laws'

export interface FilterUnderTest {
  /** Makes the filter; called anew for each body. */
  readonly filter: () => (body: Body<AnyFrame>) => Body<AnyFrame>
  /** Bytes that it takes, at least one byte of which it lets out. Every cut of them is tried: keep it under a hundred. */
  readonly given: Uint8Array
  /** What leaves for them, where it is always the same; else it is what leaves for them uncut. */
  readonly wanted?: Uint8Array
  /** Whether a flush may cut what leaves (a compressor's does): bytes are then compared by `read`. */
  readonly read?: (bytes: Uint8Array) => Uint8Array
  /** Kinds that it drops; none by default. */
  readonly drops?: readonly string[]
  /** Whether it may hold bytes over a flush that it cannot force out. */
  readonly holds?: boolean
}

/** Bytes that every filter may hold over a flush: what has come of a character. */
const halfACharacter = 3

/**
 * The frame laws as rows, with one more for what leaves: `suite(law.name, law.run)`.
 *
 * How much a filter holds is not looked at here but in the table of test/laws/laws.test.ts, where each says it.
 */
export const filterLaws = (under: FilterUnderTest): readonly Omit<LawTest, 'law'>[] => {
  const { filter, given, read, drops = [], holds = false } = under
  const tests = lawTests(filter, {
    inputs: [given],
    drops: drops.filter(isControlKind),
    adds: ['pause', 'flush', 'trailers'],
    closesLate: true,
    maxHeldBytes: Number.POSITIVE_INFINITY,
    maxHeldOverFlushBytes: holds || read !== undefined ? Number.POSITIVE_INFINITY : halfACharacter,
    timeoutMs: 20_000,
    runs: 20,
    ...(read === undefined ? {} : { decode: read, showsCuts: true }),
  })
  return [
    { name: 'every cut gives the bytes that are wanted', run: () => everyCut(under) },
    ...tests,
  ]
}

const isControlKind = (kind: string): kind is ControlKind =>
  kind === 'flush' || kind === 'pause' || kind === 'trailers' || kind === 'other'

const everyCut = async ({ filter, given, wanted, read }: FilterUnderTest): Promise<void> => {
  const leaving = async (pieces: readonly Uint8Array[], later: boolean) => {
    const source = watched<AnyFrame>(pieces.map(data), { later })
    const { bytes, end } = await within(20_000, record(filter()(source.body)))
    assert.is(end, undefined, `it failed: ${String(end?.error)}`)
    return read === undefined ? bytes : new Uint8Array(read(bytes))
  }
  const whole = wanted ?? (await leaving([given], false))
  for (const { name, pieces } of cuts(given))
    for (const later of [false, true])
      assert.equal(await leaving(pieces, later), whole, `${name}${later ? ', later' : ''}`)
}
