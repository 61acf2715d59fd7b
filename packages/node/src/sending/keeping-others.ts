import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'

type Value = string | string[]

/** Fields whose lines add up: those that other code has set on `res` are sent beside ours. All others are replaced by ours. */
const additive = ['set-cookie', 'vary'] as const

/**
 * The fields of a response, with what earlier middlewares have set on `res`, such as cookies of a session.
 *
 * Node keeps other names by itself, and replaces those that we give.
 */
export const keepingOthers = (
  res: Pick<ServerResponse | Http2ServerResponse, 'getHeaderNames' | 'getHeader'>,
  flat: Value[],
): Value[] => {
  if (res.getHeaderNames().length === 0) return flat
  const all = [...flat]
  for (const name of additive) {
    const before = res.getHeader(name)
    if (before === undefined) continue
    for (let i = 0; i < all.length; i += 2) {
      if (all[i] === name) all[i + 1] = [...listOf(before), ...listOf(all[i + 1])]
    }
  }
  return all
}

const listOf = (value: number | Value | undefined): string[] => {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [String(value)]
}
