import type { FilterUnderTest } from './filter-under-test.ts'
import type { Mark, Script } from './script.ts'

/** The frames that bodies may have besides data. */
export interface ScriptKinds {
  /** Frames between the bytes. */
  readonly marks: readonly Mark['kind'][]
  readonly trailers?: boolean
}

/** A frame law, and its check for one body. */
export interface Law {
  readonly number: number
  readonly title: string
  /** The law in a sentence. */
  readonly says: string
  readonly kinds: ScriptKinds
  /** A check that runs once, after all bodies. @throws {BrokenLaw} By the promise, if the filter breaks the law. */
  atLast?(under: FilterUnderTest): Promise<void>
  /** @throws {BrokenLaw} By the promise, if the filter breaks the law with this body. */
  check(under: FilterUnderTest, script: Script): Promise<void>
}
