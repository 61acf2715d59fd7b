import type { Fields } from '@sluice/body'

/** `req.headers` of Node, which applications write to. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** The fields of a request after changes of the record that Node has made of them. Lines of names that did not change stay apart. */
export const changedFields = (given: Fields, record: HeaderRecord): Fields => {
  let changed = given
  for (const [name] of given)
    if (record[name] === undefined && record[pseudoNames[name] ?? name] === undefined)
      changed = changed.without(name)
  for (const [name, value] of Object.entries(record))
    if (value !== undefined && !name.startsWith(':') && !says(given.getAll(name), value))
      changed = withLines(changed, name, value)
  return changed
}

/** Fields that are made of pseudo-header fields of HTTP/2. */
const pseudoNames: Readonly<Record<string, string>> = { host: ':authority', upgrade: ':protocol' }

/** Whether Node makes this value of these lines: it joins them, or takes the first. */
const says = (lines: readonly string[], value: string | readonly string[]): boolean => {
  if (lines.length === 0) return false
  if (typeof value !== 'string') return String(lines) === String(value)
  return [lines[0], lines.join(', '), lines.join('; ')].includes(value)
}

const withLines = (list: Fields, name: string, value: string | readonly string[]): Fields => {
  if (typeof value === 'string') return list.with(name, value)
  let added = list.without(name)
  for (const line of value) added = added.withAdded(name, line)
  return added
}
