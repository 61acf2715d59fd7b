import type { FilterUnderTest } from './filter-under-test.ts'
import type { Mark, Script } from './script.ts'

/** What bodies are made of, besides data. */
export interface ScriptKinds {
  /** What may stand between the bytes. */
  readonly marks: readonly Mark['kind'][]
  readonly trailers?: boolean
}

/** One of the frame laws, and how it is tried on one body. */
export interface Law {
  readonly number: number
  readonly title: string
  /** What it says, in a sentence. */
  readonly says: string
  readonly kinds: ScriptKinds
  /** What is tried once, after all bodies. @throws {BrokenLaw} */
  atLast?(under: FilterUnderTest): Promise<void>
  /** @throws {BrokenLaw} By the promise, when the filter breaks the law with this body. */
  check(under: FilterUnderTest, script: Script): Promise<void>
}
