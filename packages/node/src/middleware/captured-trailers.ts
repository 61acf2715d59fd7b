import { uncheckedFields } from '@sluice/body/engine'
import type { Fields } from '@sluice/body'

/** The fields that `addTrailers` was called with: pairs, or an object whose values are one line or several. */
export const trailersOf = (given: object): Fields => {
  const flat: string[] = []
  const pairs: Iterable<readonly unknown[]> = Array.isArray(given) ? given : Object.entries(given)
  for (const [name, value] of pairs) {
    const lines = Array.isArray(value) ? value : [value]
    for (const line of lines) flat.push(String(name).toLowerCase(), String(line))
  }
  return uncheckedFields(flat)
}

/** Trailers in the form that HTTP/1 takes, pairs, or in that of HTTP/2, an object. */
export const trailersFor = (isHttp2: boolean, fields: Fields): object => {
  if (!isHttp2) return [...fields]
  const record: Record<string, readonly string[]> = {}
  for (const [name] of fields) record[name] = fields.getAll(name)
  return record
}
