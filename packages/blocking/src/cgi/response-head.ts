import { fields } from '@sluice/body'
import { isFieldValue, isToken, latin1Of, withoutBlanks } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'
import type { Fields } from '@sluice/body'
import type { HttpError } from '@sluice/stack'

/** The head of a program's response (RFC 3875 6.2). */
export interface CgiHead {
  readonly status: number
  readonly headers: Fields
  /** What `content-length` says; `undefined` if it is not there. */
  readonly byteLength: number | undefined
}

const lf = 10
const cr = 13

/**
 * Where the head ends: the index after its empty line; -1 if it is not complete. Lines end with LF or CR LF.
 *
 * @param from Where to begin: a line that was begun before it is looked at again by the caller.
 */
export const endOfHead = (bytes: Uint8Array): number => {
  for (let start = 0; ; ) {
    const end = bytes.indexOf(lf, start)
    if (end < 0) return -1
    if (end === start || (end === start + 1 && bytes[start] === cr)) return end + 1
    start = end + 1
  }
}

/**
 * Reads the head of a program's response.
 *
 * RFC 3875 6.2: without `Status`, it is 200, and 302 with `Location`. A `Location` that is a path is such a redirect too, and not
 * answered here (6.2.2): a handler does not know what else is served.
 *
 * @param bytes The head with its empty line.
 * @throws {HttpError} `CGI_HEAD_INVALID` (502).
 */
export const parseHead = (bytes: Uint8Array): CgiHead => {
  const lines: [string, string][] = []
  for (const line of linesOf(bytes)) lines.push(fieldOf(line))
  const headers = fields(lines)
  const status = only(headers, 'status')
  const location = only(headers, 'location')
  const type = only(headers, 'content-type')
  if (status === undefined && location === undefined && type === undefined)
    throw headInvalid('none of Content-Type, Location and Status')
  return {
    status: status === undefined ? (location === undefined ? 200 : 302) : statusOf(status),
    headers: headers.without('status'),
    byteLength: lengthOf(only(headers, 'content-length')),
  }
}

const linesOf = (bytes: Uint8Array): readonly string[] =>
  latin1Of(bytes, 0, bytes.length)
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '')

const fieldOf = (line: string): [string, string] => {
  if (/^HTTP\/\d/.test(line))
    throw headInvalid('a status line: programs that write whole responses (NPH) are not supported')
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon))
  const value = withoutBlanks(line, colon + 1)
  if (isToken(name) && isFieldValue(value)) return [name, value]
  throw headInvalid(`the line ${JSON.stringify(line.slice(0, 60))}, wanted a field`)
}

/** A field that may stand there once. */
const only = (headers: Fields, name: string): string | undefined => {
  const [value, second] = headers.getAll(name)
  if (second !== undefined) throw headInvalid(`${name} twice`)
  return value
}

const statusOf = (value: string): number => {
  const [, digits] = /^([2-5]\d\d)(?: .*)?$/.exec(value) ?? []
  if (digits === undefined)
    throw headInvalid(`the status ${JSON.stringify(value.slice(0, 60))}, wanted 200 to 599`)
  return Number(digits)
}

const lengthOf = (value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw headInvalid('a content-length that is not a number')
  return Number(value)
}

export const headInvalid = (found: string): HttpError =>
  blockingError('CGI_HEAD_INVALID', `Cannot read the response of the program: found ${found}`)
