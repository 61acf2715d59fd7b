import { cutting } from './law-cutting.ts'
import { demand } from './law-demand.ts'
import { empty } from './law-empty.ts'
import { failing } from './law-failing.ts'
import { fairness } from './law-fairness.ts'
import { flush } from './law-flush.ts'
import { leaving } from './law-leaving.ts'
import { oneReader } from './law-one-reader.ts'
import { order } from './law-order.ts'
import { other } from './law-other.ts'
import { pause } from './law-pause.ts'
import { trailers } from './law-trailers.ts'
import { promises, traits } from './law-traits.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'

/** The frame laws, by number. */
const frameLaws: readonly Law[] = [
  order,
  flush,
  pause,
  trailers,
  other,
  empty,
  cutting,
  demand,
  leaving,
  failing,
  oneReader,
  fairness,
]

/** The laws that a filter is checked for: the frame laws, and the law of traits if its traits promise anything. */
export const lawsFor = (under: FilterUnderTest): readonly Law[] =>
  promises(under) ? [...frameLaws, traits] : frameLaws
