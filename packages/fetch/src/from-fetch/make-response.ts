import { fields, noFields } from '@sluice/body'
import { isByteArray, isObject, uncheckedFields } from '@sluice/body/engine'
import { LazyHeaders } from './lazy-headers.ts'
import { LightResponse } from './light-response.ts'
import type { Fields } from '@sluice/body'
import type { LightContent } from './light-response.ts'

type Init = ConstructorParameters<typeof Response>[1]

/**
 * Makes a light response if that cannot be told from a real one: of a text, of bytes or without content, with a usual status and usual
 * fields. Otherwise returns `undefined`: the platform makes it, or refuses it in its own words.
 */
export const lightResponse = (content: unknown, init: Init): LightResponse | undefined => {
  const taken = contentOf(content)
  if (taken === undefined) return undefined
  if (init === undefined) return new LightResponse(taken, 200, typed(noFields, taken))
  const status = statusOf(init, taken)
  if (status === undefined) return undefined
  const list = fieldsOf(init.headers)
  return list === undefined ? undefined : new LightResponse(taken, status, typed(list, taken))
}

/** `Response.json` of light responses; `undefined` as above. */
export const lightJson = (value: unknown, init: Init): LightResponse | undefined => {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) return undefined
  const status = init === undefined ? 200 : statusOf(init, text)
  const list = fieldsOf(init?.headers)
  if (list === undefined || status === undefined) return undefined
  return new LightResponse(text, status, withType(list, jsonType))
}

/** Bytes are copied: the caller may change its own later. */
const contentOf = (content: unknown): LightContent | undefined => {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return null
  return isByteArray(content) ? new Uint8Array(content) : undefined
}

const statusOf = (init: Init, content: LightContent): number | undefined => {
  if (!isObject(init)) return undefined
  const { status = 200, statusText = '' } = init
  if (statusText !== '') return undefined
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined
  const isNullBody = status === 204 || status === 205 || status === 304
  return isNullBody && content !== null ? undefined : status
}

/** The fields of an init, as they are at the call. `undefined` if the platform has to look at them. */
const fieldsOf = (headers: unknown): Fields | undefined => {
  if (headers === undefined) return noFields
  if (!isObject(headers)) return undefined
  try {
    if (isHeaders(headers)) return LazyHeaders.fieldsOf(headers)
    return Symbol.iterator in headers ? undefined : ofRecord(headers)
  } catch {
    return undefined
  }
}

const isHeaders = (headers: object): headers is Headers => 'getSetCookie' in headers

const ofRecord = (record: object): Fields | undefined => {
  const lines: [string, string][] = []
  for (const [name, value] of Object.entries(record)) {
    if (typeof value !== 'string') return undefined
    lines.push([name, value])
  }
  return fields(lines)
}

/** The fields, with the type of a text if they have none. */
const typed = (list: Fields, content: LightContent): Fields => {
  if (typeof content !== 'string') return list
  return list === noFields ? textType : withType(list, textType)
}

const withType = (list: Fields, type: Fields): Fields =>
  list.has('content-type') ? list : list.withAll(type)

const textType = uncheckedFields(['content-type', 'text/plain;charset=UTF-8'])
const jsonType = uncheckedFields(['content-type', 'application/json'])
