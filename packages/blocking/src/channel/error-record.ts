import { isObject, propertyOf, sluiceError } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { jsonBytes, ofJsonBytes } from './json-bytes.ts'
import { maxRecordBytes } from './ring-writer.ts'
import type { Fields } from '@sluice/body'

// An error that crosses to the other thread is copied: its message, its stack, and what a response to it needs. Properties of its own,
// and its class, are not.

interface ErrorRecord {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly isOurs: boolean
  readonly code?: string
  readonly status?: number
  readonly expose?: boolean
  readonly headers?: readonly (readonly [string, string])[]
  readonly cause?: Crossing
}

/** What was thrown: an error, or another value as text. */
type Thrown = { readonly error: ErrorRecord } | { readonly text: string }

type Crossing = Thrown & {
  /** Whether it is the error of the request's content, of which the worker has a copy. */
  readonly isOfInput?: boolean
}

/** An error of the request's content, as a worker reads it. If the worker throws it on, the loop takes its own again. */
const ofInput: unique symbol = Symbol('an error of the content of the request')

const maxCauses = 8
const maxTextLength = 8192

/**
 * Makes a record of at most `maxRecordBytes`: of an error that is larger some causes are left out, and perhaps its fields.
 *
 * @param isOfInput Whether it is the error of a request's content, on its way to the worker.
 */
export const errorRecord = (error: unknown, isOfInput = false): Uint8Array => {
  const origin = { isOfInput: isOfInput || has(error, ofInput) }
  for (const causes of [maxCauses, 2, 0]) {
    const bytes = jsonBytes({ ...crossing(error, causes), ...origin })
    if (bytes.length <= maxRecordBytes) return bytes
  }
  return jsonBytes({ text: cut(String(read(error, 'message'))), ...origin })
}

/** The error of a record, and whether it is that of the content, which the loop has itself. */
export const errorOfRecord = (
  bytes: Uint8Array,
): { readonly error: unknown; readonly isOfInput: boolean } => {
  const found = ofJsonBytes<Crossing>(bytes)
  return { error: thrownOf(found), isOfInput: found.isOfInput === true }
}

/** Marks an error that the worker reads from its input. */
export const markOfInput = (error: unknown): unknown =>
  isObject(error) ? Object.defineProperty(error, ofInput, { value: true }) : error

const crossing = (error: unknown, causes: number): Thrown => {
  const message = read(error, 'message')
  return typeof message === 'string'
    ? { error: recordOf(error, message, causes) }
    : { text: cut(textOf(error)) }
}

const recordOf = (error: unknown, message: string, causes: number): ErrorRecord => {
  const isOurs = has(error, sluiceError)
  const code = read(error, 'code')
  const status = read(error, 'status')
  const expose = read(error, 'expose')
  const headers = read(error, 'headers')
  const cause = read(error, 'cause')
  return {
    name: cut(textOf(read(error, 'name') ?? 'Error')),
    message: cut(message),
    stack: cut(textOf(read(error, 'stack') ?? '')),
    isOurs,
    ...(typeof code === 'string' ? { code: cut(code) } : {}),
    ...(typeof status === 'number' && Number.isInteger(status) ? { status } : {}),
    ...(typeof expose === 'boolean' ? { expose } : {}),
    ...(isOurs && isFieldList(headers) ? { headers: [...headers] } : {}),
    ...(cause !== undefined && causes > 0 ? { cause: crossing(cause, causes - 1) } : {}),
  }
}

// Anything can be thrown, even an object whose getters throw, or a proxy whose traps do.

const read = (value: unknown, name: string): unknown => {
  try {
    return propertyOf(value, name)
  } catch {
    return undefined
  }
}

const has = (value: unknown, key: symbol): boolean => {
  try {
    return isObject(value) && key in value
  } catch {
    return false
  }
}

const textOf = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return 'an object that cannot be read'
  }
}

const isFieldList = (headers: unknown): headers is Fields =>
  isObject(headers) && Symbol.iterator in headers

/** From the middle: the frames of a stack stand behind the message. */
const cut = (text: string): string =>
  text.length <= maxTextLength
    ? text
    : `${text.slice(0, maxTextLength / 2)} … ${text.slice(-maxTextLength / 2)}`

const thrownOf = (found: Crossing): unknown => {
  if ('text' in found) return found.text
  const { name, message, stack, cause } = found.error
  const options = cause === undefined ? {} : { cause: thrownOf(cause) }
  const error = found.error.isOurs
    ? oursOf(found.error, options)
    : Object.assign(new Error(message, options), ownOf(found.error))
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  error.stack = stack
  return error
}

/** An error of ours on both threads: it is answered with its status, its fields and, if it may be shown, its message. */
const oursOf = (
  { code, message, status, headers, expose }: ErrorRecord,
  options: { readonly cause?: unknown },
): HttpError =>
  new HttpError(code ?? 'INTERNAL', message, {
    ...options,
    status: status ?? 500,
    ...(headers === undefined ? {} : { headers }),
    ...(expose === undefined ? {} : { expose }),
  })

const ownOf = ({ code, status, expose }: ErrorRecord): object => ({
  ...(code === undefined ? {} : { code }),
  ...(status === undefined ? {} : { status }),
  ...(expose === undefined ? {} : { expose }),
})
