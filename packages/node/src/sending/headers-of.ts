import type { OutgoingHttpHeaders } from 'node:http2'

/** Fields as `node:http2` takes them: the lines of a name that repeats are an array. Names and values in turn. */
export const headersOf = (lines: readonly (string | string[])[]): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = {}
  for (let i = 0; i < lines.length; i += 2) {
    const name = String(lines[i])
    const value = lines[i + 1]
    const before = headers[name]
    if (value === undefined) continue
    headers[name] = before === undefined ? value : [listOf(before), value].flat()
  }
  return headers
}

const listOf = (value: number | string | string[]): string[] =>
  Array.isArray(value) ? value : [String(value)]
