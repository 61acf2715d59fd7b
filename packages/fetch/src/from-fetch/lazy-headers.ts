import { fields } from '@sluice/body'
import { forward, PlatformHeaders, standIn } from './platform.ts'
import type { Fields } from '@sluice/body'

/** What the class below does not have itself, `standIn` gives it. */
export interface LazyHeaders extends Headers {}

/** Headers over Fields: `get` and `has` read those, everything else makes real Headers of them. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `standIn` makes it safe
export class LazyHeaders {
  readonly #fields: Fields
  /** Once it is there, the fields are as good as forgotten: it may have been changed. */
  #real: Headers | undefined

  constructor(list: Fields) {
    this.#fields = list
  }

  /** The real headers behind lazy ones, and any other headers as they are. */
  static real(headers: Headers): Headers {
    if (!(#fields in headers)) return headers
    headers.#real ??= headersOf(headers.#fields)
    return headers.#real
  }

  /** From now on the lazy headers are those of a real request or response. */
  static adopt(headers: LazyHeaders, real: Headers): void {
    headers.#real = real
  }

  /**
   * The fields of any headers.
   *
   * @throws {TypeError} If a value has a control character: `Headers` allow more than HTTP does.
   */
  static fieldsOf(headers: Headers): Fields {
    if (!(#fields in headers)) return fields(headers)
    return headers.#real === undefined ? headers.#fields : fields(headers.#real)
  }

  get(name: string): string | null {
    if (this.#real !== undefined || isSetCookie(name)) return LazyHeaders.real(this).get(name)
    return this.#fields.get(name) ?? null
  }

  has(name: string): boolean {
    return this.#real === undefined ? this.#fields.has(name) : this.#real.has(name)
  }

  forEach(
    callback: (value: string, name: string, headers: Headers) => void,
    thisArg?: unknown,
  ): void {
    LazyHeaders.real(this).forEach((value, name) => {
      callback.call(thisArg, value, name, this)
    })
  }

  [Symbol.iterator](): ReturnType<Headers['entries']> {
    return LazyHeaders.real(this).entries()
  }
}

standIn(LazyHeaders.prototype, new PlatformHeaders(), LazyHeaders.real)

/** How Node prints headers: it looks into private fields. */
const inspect = Symbol.for('nodejs.util.inspect.custom')
forward(LazyHeaders.prototype, PlatformHeaders.prototype, inspect, LazyHeaders.real)

/** Fields give the first of these lines, and Headers join them. */
const isSetCookie = (name: string): boolean =>
  name.length === 10 && name.toLowerCase() === 'set-cookie'

/** Real Headers. Lines of `cookie`, as HTTP/2 may cut it, become one: not every platform joins them by `; `. */
export const headersOf = (list: Fields): Headers => {
  const headers = new PlatformHeaders()
  for (const [name, value] of list) {
    if (name === 'cookie') headers.set(name, list.get(name) ?? value)
    else headers.append(name, value)
  }
  return headers
}
