import { fieldName, flatFields, uncheckedFields, withoutBlanks } from '@sluice/body/engine'
import { changedFields } from './changed-fields.ts'
import type { Fields } from '@sluice/body'
import type { HeaderRecord } from './changed-fields.ts'

/**
 * The fields of a request over Node's `rawHeaders`.
 *
 * Most handlers ask for two or three of a dozen names: these are looked up where they stand. The list is made when all lines
 * are read, or another list is made of this one.
 */
export class RawFields implements Fields {
  /** Names and values in turn, as they came; an HTTP/2 request has its pseudo-header fields among them. */
  readonly #raw: readonly string[]
  readonly #record: HeaderRecord | undefined
  #made: Fields | undefined

  /** @param record What Node has made of `raw`, if changes of it count. */
  constructor(raw: readonly string[], record?: HeaderRecord) {
    this.#raw = raw
    this.#record = record
  }

  get size(): number {
    return this.#list.size
  }

  get(name: string): string | undefined {
    const made = this.#made
    if (made !== undefined) return made.get(name)
    const key = fieldName(name)
    const raw = this.#raw
    if (isMultiplexed(raw) && isRewritten(key)) return this.#list.get(key)
    let found: string | undefined
    for (let i = 0; i < raw.length; i += 2) {
      if (!isNamed(raw[i], key)) continue
      if (found !== undefined) return this.#list.get(key)
      found = raw[i + 1]
    }
    const value = found === undefined ? undefined : withoutBlanks(found)
    const record = this.#record
    return record === undefined || record[key] === value ? value : this.#list.get(key)
  }

  getAll(name: string): readonly string[] {
    return this.#list.getAll(name)
  }

  getSetCookie(): readonly string[] {
    return this.#list.getSetCookie()
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  with(name: string, value: string): Fields {
    return this.#list.with(name, value)
  }

  withAdded(name: string, value: string): Fields {
    return this.#list.withAdded(name, value)
  }

  withAll(list: Fields): Fields {
    return this.#list.withAll(list)
  }

  without(name: string): Fields {
    return this.#list.without(name)
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    return this.#list[Symbol.iterator]()
  }

  toJSON(): readonly (readonly [string, string])[] {
    return [...this.#list]
  }

  get #list(): Fields {
    this.#made ??= this.#make()
    return this.#made
  }

  #make(): Fields {
    const list = uncheckedFields(linesOf(this.#raw))
    return this.#record === undefined ? list : changedFields(list, this.#record)
  }
}

/** HTTP/2 begins with the pseudo-header fields (RFC 9113 8.3). */
const isMultiplexed = (raw: readonly string[]): boolean => raw[0]?.startsWith(':') === true

/** Whether `linesOf` makes a field of something else. */
const isRewritten = (key: string): boolean =>
  key === 'host' || key === 'cookie' || key === 'upgrade'

const isNamed = (raw: string | undefined, key: string): boolean =>
  raw !== undefined && raw.length === key.length && (raw === key || fieldName(raw) === key)

/**
 * Names in lower case and values in turn.
 *
 * Of HTTP/2, `:authority` becomes `host` (RFC 9113 8.3.1), first, and the lines of `cookie` become one (RFC 9113 8.2.3).
 */
const linesOf = (raw: readonly string[]): readonly string[] => {
  const flat: string[] = []
  let authority: string | undefined
  let cookieAt = -1
  const joinsCookies = isMultiplexed(raw)
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = withoutBlanks(raw[i + 1] ?? '')
    if (name.startsWith(':')) {
      if (name === ':authority') authority = value
      // RFC 8441: it has the meaning that `upgrade` has in HTTP/1.1.
      else if (name === ':protocol') flat.push('upgrade', value)
      continue
    }
    const key = fieldName(name)
    if (joinsCookies && key === 'cookie' && cookieAt >= 0) {
      flat[cookieAt] = `${flat[cookieAt]}; ${value}`
      continue
    }
    flat.push(key, value)
    if (key === 'cookie') cookieAt = flat.length - 1
  }
  if (authority === undefined) return flat
  return ['host', authority, ...flatFields(uncheckedFields(flat).without('host'))]
}
