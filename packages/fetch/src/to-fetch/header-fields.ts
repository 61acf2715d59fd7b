import { uncheckedFields } from '@sluice/body/engine'
import type { Fields } from '@sluice/body'

/**
 * The fields of a `Request`, read from its `Headers`.
 *
 * Single names are looked up in the headers. The lines become a list when all of them are read, or another list is made of this one.
 * The headers themselves are asked for with the first name: hosts make them then.
 */
export class HeaderFields implements Fields {
  readonly #request: Pick<Request, 'headers' | 'url'>
  #list: Fields | undefined

  constructor(request: Pick<Request, 'headers' | 'url'>) {
    this.#request = request
  }

  get size(): number {
    return this.#all().size
  }

  get(name: string): string | undefined {
    if (this.#list !== undefined) return this.#list.get(name)
    return this.#request.headers.get(name) ?? this.#missing(name)
  }

  getAll(name: string): readonly string[] {
    return this.#all().getAll(name)
  }

  getSetCookie(): readonly string[] {
    return this.#all().getSetCookie()
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  with(name: string, value: string): Fields {
    return this.#all().with(name, value)
  }

  withAdded(name: string, value: string): Fields {
    return this.#all().withAdded(name, value)
  }

  withAll(list: Fields): Fields {
    return this.#all().withAll(list)
  }

  without(name: string): Fields {
    return this.#all().without(name)
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    return this.#all()[Symbol.iterator]()
  }

  toJSON(): readonly (readonly [string, string])[] {
    return [...this]
  }

  #all(): Fields {
    if (this.#list !== undefined) return this.#list
    const { headers, url } = this.#request
    const host = headers.has('host') ? undefined : hostOf(url)
    const flat: string[] = host === undefined ? [] : ['host', host]
    headers.forEach((value, name) => {
      flat.push(name, value)
    })
    this.#list = uncheckedFields(flat)
    return this.#list
  }

  /** A `Request` that did not come over the wire has no Host. */
  #missing(name: string): string | undefined {
    return name.length === 4 && name.toLowerCase() === 'host'
      ? hostOf(this.#request.url)
      : undefined
  }
}

const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host : undefined
