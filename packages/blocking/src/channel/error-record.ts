import { isObject, sluiceError } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { jsonBytes, ofJsonBytes } from './json-bytes.ts'
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
  /** Whether the loop has the error itself: the worker was only told of it. */
  readonly isOfInput?: boolean
}

/** An error of the request's content, as a worker reads it. If the worker throws it on, the loop takes its own again. */
const ofInput: unique symbol = Symbol('an error of the content of the request')

const maxCauses = 8
const maxTextLength = 16_384

/** @param isOfInput Whether it is the error of a request's content, on its way to the worker. */
export const errorRecord = (error: unknown, isOfInput = false): Uint8Array =>
  jsonBytes({ ...crossing(error, maxCauses), isOfInput: isOfInput || isInputError(error) })

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

const isInputError = (error: unknown): boolean => isObject(error) && ofInput in error

const crossing = (error: unknown, causes: number): Thrown => {
  try {
    return isError(error) ? { error: recordOf(error, causes) } : { text: cut(String(error)) }
  } catch {
    // Anything can be thrown, even an object whose getters throw.
    return { text: 'an object that cannot be read' }
  }
}

interface ErrorShape {
  readonly name?: unknown
  readonly message: string
  readonly stack?: unknown
  readonly code?: unknown
  readonly status?: unknown
  readonly expose?: unknown
  readonly headers?: unknown
  readonly cause?: unknown
}

const isError = (error: unknown): error is ErrorShape =>
  isObject(error) && 'message' in error && typeof error.message === 'string'

const recordOf = (error: ErrorShape, causes: number): ErrorRecord => ({
  name: cut(String(error.name ?? 'Error')),
  message: cut(error.message),
  stack: cut(String(error.stack ?? '')),
  isOurs: sluiceError in error,
  ...(typeof error.code === 'string' ? { code: cut(error.code) } : {}),
  ...(typeof error.status === 'number' ? { status: error.status } : {}),
  ...(typeof error.expose === 'boolean' ? { expose: error.expose } : {}),
  ...(sluiceError in error && isFieldList(error.headers) ? { headers: [...error.headers] } : {}),
  ...(error.cause !== undefined && causes > 0 ? { cause: crossing(error.cause, causes - 1) } : {}),
})

const isFieldList = (headers: unknown): headers is Fields =>
  isObject(headers) && Symbol.iterator in headers

const cut = (text: string): string => text.slice(0, maxTextLength)

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
