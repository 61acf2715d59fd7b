import { mediaType } from './is-compressible.ts'
import type { HttpResponse } from '@sluice/stack'

/** The content that a 200 to a GET of the same resource would have, as far as a response shows it. */
export interface ContentOfGet {
  /**
   * How much of it the response sends. `fields`: only fields that describe it, as a 304 does (RFC 9110 15.4.5). A response to
   * HEAD counts as `whole`.
   */
  readonly sends: 'whole' | 'part' | 'fields'
  /** Its `content-type`; `unknown` if the response does not show it. */
  readonly type: string | undefined
  /** `Infinity` if it is not known. */
  readonly byteLength: number
}

export const contentOfGet = (
  method: string,
  { status, headers, body }: HttpResponse,
): ContentOfGet => {
  const type = headers.get('content-type')
  const length = headers.get('content-length')
  const range = headers.get('content-range')
  if (status === 304)
    return {
      sends: 'fields',
      type: type ?? 'unknown',
      byteLength: Number(length ?? unknownLength),
    }
  // RFC 9110 8.8: the validators are those of the representation, but the content explains the error.
  if (status === 412 && isRetrieval(method))
    return { sends: 'fields', type: 'unknown', byteLength: unknownLength }
  if (status === 206 || range !== undefined)
    return { sends: 'part', type: typeOfWhole(type), byteLength: completeLength(range) }
  return { sends: 'whole', type, byteLength: lengthSent(method, length, body.byteLength) }
}

const unknownLength = Number.POSITIVE_INFINITY

const isRetrieval = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** RFC 9110 14.6: with several ranges each part has the type. */
const typeOfWhole = (type: string | undefined): string | undefined =>
  mediaType(type) === 'multipart/byteranges' ? 'unknown' : type

/** RFC 9110 14.4: `bytes 0-9/100`, or `*` for an unknown length. */
const completeLength = (range: string | undefined): number => {
  const digits = range?.slice(range.lastIndexOf('/') + 1) ?? '*'
  return digits === '*' ? unknownLength : Number(digits)
}

/** The field wins: the body of a response to HEAD may be empty, whatever that of the GET is. */
const lengthSent = (
  method: string,
  field: string | undefined,
  known: number | undefined,
): number => {
  if (field !== undefined) return Number(field)
  return known === undefined || (known === 0 && method === 'HEAD') ? unknownLength : known
}
