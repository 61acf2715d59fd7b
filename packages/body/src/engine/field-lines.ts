import { fieldName, separatorOf, withoutBlanks } from './field-syntax.ts'

/**
 * Field lines as the text in which they arrived. The text may have more before and after them.
 *
 * Most applications ask for two or three of a dozen names. Looking these up in the text is much cheaper than making strings of
 * all names and values.
 */
export class FieldLines {
  readonly #text: string
  /** Where each line begins, and where the last ends. If not given, made at the first look-up. */
  #starts: readonly number[] | undefined

  constructor(text: string, starts?: readonly number[]) {
    this.#text = text
    this.#starts = starts
  }

  /** @param key A name in lower case, as in all methods here. */
  get(key: string): string | undefined {
    const starts = this.#index()
    let found: string | undefined
    for (let i = this.#next(key, 0, starts); i >= 0; i = this.#next(key, i + 1, starts)) {
      const value = this.#value(key, i, starts)
      if (found === undefined) found = value
      else found += separatorOf(key) + value
      if (key === 'set-cookie') break
    }
    return found
  }

  getAll(key: string): readonly string[] {
    const starts = this.#index()
    const found: string[] = []
    for (let i = this.#next(key, 0, starts); i >= 0; i = this.#next(key, i + 1, starts))
      found.push(this.#value(key, i, starts))
    return found
  }

  has(key: string): boolean {
    return this.#next(key, 0, this.#index()) >= 0
  }

  /** Names, in lower case, and values in turn. */
  flat(): readonly string[] {
    const text = this.#text
    const starts = this.#index()
    const flat: string[] = []
    for (let i = 0; i < starts.length - 1; i++) {
      const start = starts[i] ?? 0
      const colon = text.indexOf(':', start)
      const end = (starts[i + 1] ?? 0) - 2
      flat.push(fieldName(text.slice(start, colon)), withoutBlanks(text, colon + 1, end))
    }
    return flat
  }

  #index(): readonly number[] {
    if (this.#starts !== undefined) return this.#starts
    const starts = [0]
    const text = this.#text
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#starts = starts
    return starts
  }

  /** The first line from `index` on that has the name, or -1. */
  #next(key: string, index: number, starts: readonly number[]): number {
    for (let i = index; i < starts.length - 1; i++)
      if (isNamed(this.#text, starts[i] ?? 0, key)) return i
    return -1
  }

  #value(key: string, index: number, starts: readonly number[]): string {
    const from = (starts[index] ?? 0) + key.length + 1
    return withoutBlanks(this.#text, from, (starts[index + 1] ?? 0) - 2)
  }
}

/** Whether the line at `start` has a name: its colon first, which tells most lines apart. */
const isNamed = (text: string, start: number, key: string): boolean => {
  const end = key.length
  if (text.charCodeAt(start + end) !== 58) return false
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(start + i)
    const wanted = key.charCodeAt(i)
    if (code !== wanted && (code < 65 || code > 90 || code + 32 !== wanted)) return false
  }
  return true
}
