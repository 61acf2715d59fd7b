import type { Mark, Script } from './script.ts'
import type { Under } from './under.ts'

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
  /** What is tried once, after all bodies. @throws {Broken} */
  atLast?(under: Under): Promise<void>
  /** @throws {Broken} By the promise, when the filter breaks the law with this body. */
  check(under: Under, script: Script): Promise<void>
}
