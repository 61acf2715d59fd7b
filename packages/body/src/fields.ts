import { FieldLines } from './engine/field-lines.ts'
import { fieldName, fieldValue, separatorOf } from './engine/field-syntax.ts'
import { foundIn, isObject } from './kinds.ts'
import type { Fields } from './frames.ts'

/** What `fields` takes: pairs in order, or a record. A list in a record becomes several lines of one name. */
export type FieldsInit =
  | Iterable<readonly [name: string, value: string]>
  | { readonly [name: string]: string | number | readonly string[] | undefined }

/**
 * Makes a list of field lines.
 *
 * Names are checked and become lower case. Values are checked and lose the spaces and tabs around them. So a list can be sent
 * as it is.
 *
 * @throws {TypeError} At the call, when a name is not a token, a value has a control character or a character above U+00FF
 * (RFC 9110 5.1 and 5.5), or one of them is not a string; values of a record may be numbers. Also when `init` is no object.
 *
 * @example
 * ```ts
 * import { fields } from '@sluice/body'
 *
 * const list = fields({ 'Content-Type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] })
 * if (list.get('content-type') !== 'text/plain') throw new Error('not found')
 * if (list.getAll('Set-Cookie').length !== 2) throw new Error('joined')
 * ```
 */
export const fields = (init?: FieldsInit): Fields => {
  if (init === undefined) return noFields
  if (!isObject(init))
    throw new TypeError(
      `Cannot make fields: found ${foundIn(init)}, wanted an object or pairs of names and values`,
    )
  if (isFieldList(init)) return init
  const flat: string[] = []
  if (isIterable(init))
    for (const [name, value] of init) flat.push(fieldName(name), fieldValue(value, name))
  else
    for (const [name, given] of Object.entries(init)) {
      if (given === undefined) continue
      const key = fieldName(name)
      if (isList(given)) for (const value of given) flat.push(key, fieldValue(value, key))
      else flat.push(key, fieldValue(typeof given === 'number' ? String(given) : given, key))
    }
  return flat.length === 0 ? noFields : new FieldList(flat)
}

/**
 * Makes a list of field lines from names and values in turn, unchecked: for parsers, which have checked them.
 *
 * Names must be tokens in lower case and values must have no control characters. The array is kept, not copied.
 */
export const uncheckedFields = (flat: readonly string[]): Fields =>
  flat.length === 0 ? noFields : new FieldList(flat)

/**
 * Makes a list of field lines from their text, as received and unchecked: for parsers, which have checked it.
 *
 * Each line ends with CR LF. Single names are looked up in the text. The lines become strings when all of them are read, or
 * another list is made of this one.
 *
 * @param starts Optional: where in the text each line begins, and where the last ends. With it the text may have more before and
 * after the lines. The array is kept, not copied.
 */
export const fieldsOfLines = (text: string, starts?: readonly number[]): Fields =>
  text === '' ? noFields : new FieldList(none, new FieldLines(text, starts))

/**
 * Returns names and values in turn, checked: for serializers.
 *
 * A list that this copy of the package made is known to be valid; any other is checked here.
 *
 * @throws {TypeError} At the call, as `fields` does.
 */
export const flatFields = (list: Fields): readonly string[] =>
  isFieldList(list) ? list.flat : flatFields(fields(list))

const none: readonly string[] = []

const isIterable = (init: FieldsInit): init is Iterable<readonly [string, string]> =>
  Symbol.iterator in init

const isList = (given: unknown): given is readonly string[] => Array.isArray(given)

const isFieldList = (init: FieldsInit): init is FieldList => FieldList.made(init)

class FieldList implements Fields {
  /** The text of the lines, until all of them are read. */
  #lines: FieldLines | undefined
  /** Names and values in turn. Beyond `#length` it may have more, which belong to lists made of this one. */
  #flat: readonly string[]
  /** The same array, if a list made of this one may append to it: so middlewares that add a line each need no copies. */
  #open: string[] | undefined
  #length: number

  static made(value: object): boolean {
    return #flat in value
  }

  constructor(flat: readonly string[], lines?: FieldLines, open?: string[]) {
    this.#flat = flat
    this.#lines = lines
    this.#open = open
    this.#length = flat.length
  }

  /** An array that never changes: once it is returned, nothing is appended to it. */
  get flat(): readonly string[] {
    const flat = this.#read()
    if (flat.length !== this.#length) this.#flat = flat.slice(0, this.#length)
    this.#open = undefined
    return this.#flat
  }

  get size(): number {
    this.#read()
    return this.#length / 2
  }

  get(name: string): string | undefined {
    const key = fieldName(name)
    if (this.#lines !== undefined) return this.#lines.get(key)
    const flat = this.#flat
    let found: string | undefined
    for (let i = 0; i < this.#length; i += 2) {
      if (flat[i] !== key) continue
      if (found === undefined) found = flat[i + 1]
      else found += separatorOf(key) + flat[i + 1]
      if (key === 'set-cookie') break
    }
    return found
  }

  getAll(name: string): readonly string[] {
    const key = fieldName(name)
    if (this.#lines !== undefined) return this.#lines.getAll(key)
    const found: string[] = []
    for (let i = 0; i < this.#length; i += 2)
      if (this.#flat[i] === key) found.push(this.#flat[i + 1] ?? '')
    return found
  }

  getSetCookie(): readonly string[] {
    return this.getAll('set-cookie')
  }

  has(name: string): boolean {
    const key = fieldName(name)
    return this.#lines === undefined ? this.#placeOf(key) >= 0 : this.#lines.has(key)
  }

  with(name: string, value: string): Fields {
    const key = fieldName(name)
    const checked = fieldValue(value, key)
    const flat = this.#read()
    const first = this.#placeOf(key)
    if (first < 0) return this.#with(key, checked)
    const kept = flat.slice(0, first)
    kept.push(key, checked)
    for (let i = first + 2; i < this.#length; i += 2) {
      if (flat[i] !== key) kept.push(flat[i] ?? '', flat[i + 1] ?? '')
    }
    return new FieldList(kept, undefined, kept)
  }

  withAdded(name: string, value: string): Fields {
    this.#read()
    return this.#with(fieldName(name), fieldValue(value, name))
  }

  withAll(list: Fields): Fields {
    const more = flatFields(list)
    if (more.length === 0) return this
    this.#read()
    const flat = this.#hasAnyOf(more) ? this.#withoutAnyOf(more) : this.#opened()
    for (const text of more) flat.push(text)
    return new FieldList(flat, undefined, flat)
  }

  without(name: string): Fields {
    const key = fieldName(name)
    const flat = this.#read()
    if (this.#placeOf(key) < 0) return this
    const kept: string[] = []
    for (let i = 0; i < this.#length; i += 2) {
      if (flat[i] !== key) kept.push(flat[i] ?? '', flat[i + 1] ?? '')
    }
    return kept.length === 0 ? noFields : new FieldList(kept, undefined, kept)
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    const flat = this.#read()
    for (let i = 0; i < this.#length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? '']
  }

  toJSON(): readonly (readonly [string, string])[] {
    return [...this]
  }

  #read(): readonly string[] {
    if (this.#lines === undefined) return this.#flat
    this.#flat = this.#lines.flat()
    this.#length = this.#flat.length
    this.#lines = undefined
    return this.#flat
  }

  /** This list with one more line. Call `#read` first. */
  #with(key: string, value: string): Fields {
    const open = this.#opened()
    open.push(key, value)
    return new FieldList(open, undefined, open)
  }

  /** An array that ends with this list, for appending lines: the same array if no other list has appended to it, else a copy. */
  #opened(): string[] {
    return this.#open?.length === this.#length ? this.#open : this.#flat.slice(0, this.#length)
  }

  /** @param others Names and values in turn. */
  #hasAnyOf(others: readonly string[]): boolean {
    for (let i = 0; i < others.length; i += 2) if (this.#placeOf(others[i] ?? '') >= 0) return true
    return false
  }

  #withoutAnyOf(others: readonly string[]): string[] {
    const names = new Set(others.filter((_, at) => at % 2 === 0))
    const kept: string[] = []
    for (let i = 0; i < this.#length; i += 2) {
      const key = this.#flat[i] ?? ''
      if (!names.has(key)) kept.push(key, this.#flat[i + 1] ?? '')
    }
    return kept
  }

  /** The index of the first line of a name, or -1. */
  #placeOf(key: string): number {
    for (let i = 0; i < this.#length; i += 2) if (this.#flat[i] === key) return i
    return -1
  }
}

/** The empty list. */
export const noFields: Fields = new FieldList([])
