// How `durable` writes a body into a topic: pieces of its data, each behind the number of bytes before it, and a last value with the
// length of the whole and the trailers. So a reader can continue at any byte, also if the log does not reach back to the first.
//
// Each has the number of its response. A log that is gone may begin again with another response, and halves of two are never joined.
import { fields } from '@sluice/body'
import { isByteArray, propertyOf } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import type { Fields } from '@sluice/body'

export type Piece =
  | {
      readonly kind: 'data'
      readonly response: number
      readonly from: number
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'end'
      readonly response: number
      readonly byteLength: number
      readonly trailers: Fields
    }

/** Bytes of data of a piece: a large frame becomes several. */
export const maxPieceBytes = 65_536

/** Two numbers of 64 bits. */
const headBytes = 16

/** A number that no other response has. */
export const newResponse = (): number => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)

export const dataEntry = (response: number, from: number, bytes: Uint8Array): Uint8Array => {
  const entry = new Uint8Array(headBytes + bytes.length)
  const head = new DataView(entry.buffer)
  head.setFloat64(0, response)
  head.setFloat64(8, from)
  entry.set(bytes, headBytes)
  return entry
}

export const endEntry = (
  response: number,
  byteLength: number,
  trailers: Fields | undefined,
): unknown => ({ response, byteLength, trailers: [...(trailers ?? [])] })

/** @throws {BodyError} `RECORD_INVALID`, when `durable` did not write it. */
export const pieceOf = (value: unknown): Piece => {
  if (isByteArray(value) && value.length > headBytes) {
    const head = new DataView(value.buffer, value.byteOffset)
    const bytes = value.subarray(headBytes)
    return { kind: 'data', response: head.getFloat64(0), from: head.getFloat64(8), bytes }
  }
  const response = propertyOf(value, 'response')
  const byteLength = propertyOf(value, 'byteLength')
  if (typeof response !== 'number' || typeof byteLength !== 'number') throw invalid()
  const lines = propertyOf(value, 'trailers')
  const trailers = fields(Array.isArray(lines) ? lines.filter(isLine) : [])
  return { kind: 'end', response, byteLength, trailers }
}

const isLine = (line: unknown): line is [string, string] =>
  Array.isArray(line) && typeof line[0] === 'string' && typeof line[1] === 'string'

const invalid = () =>
  hubError(
    'RECORD_INVALID',
    'Cannot read the body from the topic: found an entry that `durable` did not write',
  )
