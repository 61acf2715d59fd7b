import { deferred, noBytes } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { equalBytes } from './equal-bytes.ts'
import { Observation } from './observation.ts'
import { observeIn } from './observe.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing } from './observation.ts'

/** Milliseconds in which nothing comes: some filters might take this for the end. */
const quietMs = 120

/** What a filter did while nothing came for a long time. */
export interface Quiet {
  /** With a source that had nothing for a long time, and then continued. */
  readonly stalled: Observation
  /** With a long pause. `wasHeeded`: nothing left during it. */
  readonly paused: Observation
  readonly wasHeeded: boolean
}

const known = new WeakMap<FilterUnderTest, Promise<Quiet>>()

/** Tries a quiet source and a long pause: both at the same time, and once for all laws, to save time. */
export const observeQuiet = (under: FilterUnderTest): Promise<Quiet> => {
  const before = known.get(under)
  if (before !== undefined) return before
  const now = beQuiet(under)
  known.set(under, now)
  return now
}

const beQuiet = async (under: FilterUnderTest): Promise<Quiet> => {
  const [bytes = noBytes] = lastInputs(under)
  const plain: Doing = { ...plainScript(bytes), cuts: [bytes.length >> 1], answers: ['at once'] }
  const stalled = new Observation({ ...plain, stallsAt: 1, waits: true })
  const { promise: until, resolve: resume } = deferred<void>()
  const mark = { kind: 'pause', at: bytes.length >> 1, variant: 0 } as const
  const marks = under.refuses.has('pause') ? [] : [mark]
  const paused = new Observation({ ...plain, marks, until })
  const both = Promise.all([observeIn(stalled, under), observeIn(paused, under)])
  await new Promise((resolve) => setTimeout(resolve, Math.min(quietMs, under.timeoutMs / 4)))
  const frames = under.drops.has('pause') ? paused.source.given : paused.left
  const wasHeeded = marks.length === 0 || frames.at(-1)?.kind === 'pause'
  stalled.source.release()
  resume()
  await both
  return { stalled, paused, wasHeeded }
}

/** @throws {BrokenLaw} If the filter did not continue when the source did. */
export const wentOn = ({ stalled }: Quiet, plain: Observation): void => {
  if (stalled.end.kind === plain.end.kind && equalBytes(stalled.bytes, plain.bytes)) return
  throw new BrokenLaw(`it did not go on when the source did, after ${quietMs} ms`, stalled)
}
