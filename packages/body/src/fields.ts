import type { Fields } from './frames.ts'

/** What `fields` takes: pairs in order, or a record in which a list gives several lines of one name. */
export type FieldsInit =
  | Iterable<readonly [name: string, value: string]>
  | { readonly [name: string]: string | number | readonly string[] | undefined }

/** RFC 9110 5.6.2: tchar. */
const tokenTable: Uint8Array = tableOf(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
)

/** RFC 9110 5.5: VCHAR, obs-text, SP and HTAB. */
const valueTable: Uint8Array = new Uint8Array(256).map((_, code) =>
  code === 9 || (code >= 32 && code !== 127) ? 1 : 0,
)

/** Names that have been checked, by the case in which they came. Bounded, since clients choose names. */
const knownNames = new Map<string, string>()
const knownNamesMax = 1024
const knownNameMaxLength = 64

/**
 * Makes a list of field lines.
 *
 * Names are checked and put in lower case, values are checked and stripped of the spaces and tabs around them, so that
 * what is in a list can stand on the wire as it is.
 *
 * @throws {TypeError} At the call, when a name is not a token or a value has a control character or a character above
 * U+00FF (RFC 9110 5.1 and 5.5).
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
  if (isFieldList(init)) return init
  const flat: string[] = []
  if (isIterable(init))
    for (const [name, value] of init) flat.push(fieldName(name), fieldValue(value))
  else
    for (const [name, given] of Object.entries(init)) {
      if (given === undefined) continue
      const key = fieldName(name)
      if (typeof given === 'object') for (const value of given) flat.push(key, fieldValue(value))
      else flat.push(key, fieldValue(String(given)))
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
 * Makes a list of field lines from names and values in turn that are made when somebody first asks for one; unchecked, as
 * with `uncheckedFields`.
 */
export const lazyFields = (make: () => readonly string[]): Fields => new FieldList(make)

/**
 * Gives names and values in turn, checked: for serializers.
 *
 * A list made by this copy of the package is given as it is; any other is checked on the way.
 *
 * @throws {TypeError} At the call, as `fields` does.
 */
export const flatFields = (list: Fields): readonly string[] =>
  isFieldList(list) ? list.flat : flatFields(fields(list))

/**
 * Checks a field name and gives it in lower case.
 *
 * @throws {TypeError} At the call, when it is not a token.
 */
export const fieldName = (name: string): string => {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (!isToken(name)) {
    throw new TypeError(`Cannot make a field: its name is ${JSON.stringify(name)}, wanted a token`)
  }
  const lower = name.toLowerCase()
  if (name.length <= knownNameMaxLength && knownNames.size < knownNamesMax)
    knownNames.set(name, lower)
  return lower
}

/** Whether a text is a token (RFC 9110 5.6.2). */
export const isToken = (text: string): boolean => text.length > 0 && allIn(tokenTable, text)

/** Whether a text may stand in a field value as it is: no control character but HTAB, nothing above U+00FF. */
export const isFieldValue = (text: string): boolean => allIn(valueTable, text)

const fieldValue = (value: string): string => {
  if (typeof value !== 'string' || !isFieldValue(value)) {
    throw new TypeError(
      `Cannot make a field: its value is ${JSON.stringify(value)}, wanted a string without control characters or any above U+00FF`,
    )
  }
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

const isBlank = (code: number) => code === 32 || code === 9

const allIn = (table: Uint8Array, text: string) => {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false
  return true
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

const isIterable = (init: FieldsInit): init is Iterable<readonly [string, string]> =>
  Symbol.iterator in init

const isFieldList = (init: FieldsInit): init is FieldList => FieldList.made(init)

class FieldList implements Fields {
  #made: readonly string[] | (() => readonly string[])

  static made(value: object): boolean {
    return #made in value
  }

  constructor(made: readonly string[] | (() => readonly string[])) {
    this.#made = made
  }

  get flat(): readonly string[] {
    if (typeof this.#made === 'function') this.#made = this.#made()
    return this.#made
  }

  get size(): number {
    return this.flat.length / 2
  }

  get(name: string): string | undefined {
    const key = fieldName(name)
    const flat = this.flat
    let found: string | undefined
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== key) continue
      if (found === undefined) found = flat[i + 1]
      else found += `, ${flat[i + 1]}`
      if (key === 'set-cookie') break
    }
    return found
  }

  getAll(name: string): readonly string[] {
    const key = fieldName(name)
    const { flat } = this
    const found: string[] = []
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === key) found.push(flat[i + 1] ?? '')
    return found
  }

  has(name: string): boolean {
    return placeOf(this.flat, fieldName(name)) >= 0
  }

  set(name: string, value: string): Fields {
    const key = fieldName(name)
    const checked = fieldValue(value)
    const { flat } = this
    const first = placeOf(flat, key)
    if (first < 0) return new FieldList([...flat, key, checked])
    const kept = flat.slice(0, first)
    kept.push(key, checked)
    for (let i = first + 2; i < flat.length; i += 2) {
      if (flat[i] !== key) kept.push(flat[i] ?? '', flat[i + 1] ?? '')
    }
    return new FieldList(kept)
  }

  append(name: string, value: string): Fields {
    return new FieldList([...this.flat, fieldName(name), fieldValue(value)])
  }

  delete(name: string): Fields {
    const key = fieldName(name)
    const { flat } = this
    if (placeOf(flat, key) < 0) return this
    const kept: string[] = []
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== key) kept.push(flat[i] ?? '', flat[i + 1] ?? '')
    }
    return uncheckedFields(kept)
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    const flat = this.flat
    for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? '']
  }

  toJSON(): readonly (readonly [string, string])[] {
    return [...this]
  }
}

/** The index of the first line of a name, or -1. */
const placeOf = (flat: readonly string[], key: string) => {
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === key) return i
  return -1
}

/** The empty list. */
export const noFields: Fields = new FieldList([])
