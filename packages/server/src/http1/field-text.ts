import { fieldsOfLines } from '@sluice/body/engine'
import { ownText } from './platform-bytes.ts'
import type { Fields } from '@sluice/body'

/** The text of the field lines of one head, as they came. Names and values are cut out of it when an application asks for them. */
export class FieldText {
  #text = ''
  /** Where each line begins, and where the last one ends, if that is known. */
  #starts: readonly number[] | undefined
  /** The number of parts that were added, and the number at which the text is flattened next. */
  #parts = 0
  #flattenAt = 8

  /** Takes the text of a head that came whole. Cutting the field lines out of it would make it slower to read. */
  keepWhole(text: string, starts: readonly number[]): void {
    this.#text = text
    this.#starts = starts
  }

  /** Adds lines. A string that grows is a tree of ten times its length, so it is flattened, less and less often. */
  add(lines: string): void {
    this.#text += lines
    if (++this.#parts <= this.#flattenAt) return
    this.#text = ownText(this.#text)
    this.#flattenAt = this.#parts + 8 + (this.#parts >> 3)
  }

  fields(): Fields {
    return fieldsOfLines(this.#text, this.#starts)
  }
}
