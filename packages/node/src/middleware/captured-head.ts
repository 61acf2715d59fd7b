import { flatFields, uncheckedFields } from '@sluice/body/engine'
import { isConnectionField } from '@sluice/stack/host'
import { grouped } from '../sending/grouped.ts'
import { keepingOthers } from '../sending/keeping-others.ts'
import { isHttp2 } from './host-response.ts'
import { nodeError } from './node-error.ts'
import type { Fields } from '@sluice/body'
import type { FieldValue, HostResponse } from './host-response.ts'

/** A name or a value; an array is the values of several lines. */
export type HeadValue = string | string[]

// The head of a response stays on the response of the host while a middleware sees it: `writeHead` is taken apart into
// `statusCode` and `setHeader`, the middleware gets a copy, and only what it changes is written back. So names keep their case, and
// values their form, if nothing changes them.

/** Takes the arguments of `writeHead` apart: `(status, reason?, fields?)`, fields as an object, pairs, or names and values in turn. */
export const setHead = (
  res: HostResponse,
  status: unknown,
  reason: unknown,
  fields: unknown,
): void => {
  res.statusCode = checkedStatus(status)
  if (typeof reason === 'string' && !isHttp2(res)) res.statusMessage = reason
  const given = typeof reason === 'string' ? fields : (fields ?? reason)
  if (Array.isArray(given)) setPairs(res, pairsOf(given))
  else if (typeof given === 'object' && given !== null)
    for (const [name, value] of Object.entries(given)) if (name !== '') res.setHeader(name, value)
}

const checkedStatus = (status: unknown): number => {
  const number = Number(status) | 0
  if (number >= 100 && number <= 999) return number
  const error = new RangeError(`Invalid status code: ${String(status)}`)
  throw Object.assign(error, { code: 'ERR_HTTP_INVALID_STATUS_CODE' })
}

const pairsOf = (list: readonly unknown[]): readonly (readonly unknown[])[] => {
  if (isPairs(list)) return list
  if (list.length % 2 !== 0)
    throw nodeError('ERR_INVALID_ARG_VALUE', 'Cannot write the head: found a name without a value')
  const pairs: (readonly unknown[])[] = []
  for (let i = 0; i < list.length; i += 2) pairs.push([list[i], list[i + 1]])
  return pairs
}

const isPairs = (list: readonly unknown[]): list is readonly (readonly unknown[])[] =>
  Array.isArray(list[0])

/** Lines replace those that were set before, but not each other. */
const setPairs = (res: HostResponse, pairs: readonly (readonly unknown[])[]): void => {
  const values = new Map<string, { readonly name: string; readonly lines: string[] }>()
  for (const [name, value] of pairs) {
    const text = String(name)
    const known = values.get(text.toLowerCase()) ?? { name: text, lines: [] }
    if (Array.isArray(value)) known.lines.push(...value.map(String))
    else known.lines.push(String(value))
    values.set(text.toLowerCase(), known)
  }
  for (const { name, lines } of values.values()) res.setHeader(name, lineOrLines(lines))
}

const lineOrLines = (lines: readonly string[]): FieldValue => {
  const [only] = lines
  return lines.length === 1 && only !== undefined ? only : lines
}

/**
 * The fields of a response, without those of the connection. Node has checked them when they were set, by the rules of `fields`.
 */
export const fieldsOf = (res: HostResponse): Fields => {
  const all = res.getHeaders()
  const flat: string[] = []
  for (const name in all) {
    if (isConnectionField(name)) continue
    const value = all[name]
    if (typeof value === 'string') flat.push(name, value)
    else if (typeof value === 'object') for (const line of value) flat.push(name, String(line))
    else flat.push(name, String(value))
  }
  return uncheckedFields(flat)
}

/**
 * Writes back what a middleware has changed.
 *
 * @param seen The fields that the middleware got; `undefined` if it got none, since it answers itself: then fields that are set
 * stay.
 * @param wanted Names and values in turn, each name once.
 */
export const setChanges = (
  res: HostResponse,
  seen: Fields | undefined,
  wanted: readonly HeadValue[],
): void => {
  if (seen === undefined) return setPairsOf(res, [], keepingOthers(res, [...wanted]))
  const had = grouped(flatFields(seen))
  for (let i = 0; i < had.length; i += 2) {
    const name = String(had[i])
    if (placeOf(wanted, name) < 0) res.removeHeader(name)
  }
  setPairsOf(res, had, wanted)
}

/** Sets the fields that were not the same before. Those of the connection are left to the application and to Node. */
const setPairsOf = (
  res: HostResponse,
  had: readonly HeadValue[],
  wanted: readonly HeadValue[],
): void => {
  for (let i = 0; i < wanted.length; i += 2) {
    const name = String(wanted[i])
    const value = wanted[i + 1] ?? ''
    const at = placeOf(had, name)
    if (!isConnectionField(name) && (at < 0 || !isSame(had[at + 1], value)))
      res.setHeader(name, value)
  }
}

const placeOf = (flat: readonly HeadValue[], name: string): number => {
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return i
  return -1
}

const isSame = (a: HeadValue | undefined, b: HeadValue): boolean =>
  a === b || (a !== undefined && a.length === b.length && String(a) === String(b))

/** Sets another status, with its own reason. HTTP/2 has no reasons, and warns of their use. */
export const setStatus = (res: HostResponse, status: number): void => {
  res.statusCode = status
  if (!isHttp2(res)) res.statusMessage = undefined
}

/** Takes back what an application has set, but for the fields that were there before. */
export const resetHead = (res: HostResponse, before: readonly string[]): void => {
  for (const name of res.getHeaderNames()) if (!before.includes(name)) res.removeHeader(name)
  setStatus(res, 200)
}
