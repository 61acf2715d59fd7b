import type { Fields } from '@sluice/body'

/** A `Request` or a `Response`, as far as it is looked at. */
interface WithHeaders {
  readonly headers: Headers
}

/**
 * The fields of a `Request` or a `Response`.
 *
 * Single names are looked up in the headers. The lines become a list when all of them are read, or another list is made of this one.
 * The headers themselves are asked for with the first name: hosts make them then.
 */
export class HeaderFields<From extends WithHeaders> implements Fields {
  readonly #from: From
  readonly #read: (from: From) => Fields
  #list: Fields | undefined

  /** @param read Makes the list of all lines; it may have fields that the headers have not. */
  constructor(from: From, read: (from: From) => Fields) {
    this.#from = from
    this.#read = read
  }

  get size(): number {
    return this.#all().size
  }

  get(name: string): string | undefined {
    if (this.#list !== undefined) return this.#list.get(name)
    const value = this.#from.headers.get(name)
    // `Headers` join the lines of `set-cookie`, which has as many characters as few others.
    return value === null || name.length === 10 ? this.#all().get(name) : value
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
    this.#list ??= this.#read(this.#from)
    return this.#list
  }
}
