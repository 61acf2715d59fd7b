// How `durable` writes a body into a topic: pieces of its data, each behind the number of bytes before it, and a last value with the
// length of the whole and the trailers. So a reader can continue at any byte, also if the log does not reach back to the first.
import { fields } from '@sluice/body'
import { isByteArray, isObject } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import type { Fields } from '@sluice/body'

export type Piece =
  | { readonly kind: 'data'; readonly from: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly byteLength: number; readonly trailers: Fields }

/** Bytes of data of a piece: a large frame becomes several. */
export const maxPieceBytes = 65_536

/** A number of 64 bits. */
const headBytes = 8

export const dataEntry = (from: number, bytes: Uint8Array): Uint8Array => {
  const entry = new Uint8Array(headBytes + bytes.length)
  new DataView(entry.buffer).setFloat64(0, from)
  entry.set(bytes, headBytes)
  return entry
}

export const endEntry = (byteLength: number, trailers: Fields | undefined): unknown => ({
  byteLength,
  trailers: [...(trailers ?? [])],
})

/** @throws {BodyError} `RECORD_INVALID`, when `durable` did not write it. */
export const pieceOf = (value: unknown): Piece => {
  if (isByteArray(value) && value.length > headBytes) {
    const from = new DataView(value.buffer, value.byteOffset).getFloat64(0)
    return { kind: 'data', from, bytes: value.subarray(headBytes) }
  }
  if (!isObject(value) || !('byteLength' in value) || typeof value.byteLength !== 'number')
    throw invalid()
  const trailers = 'trailers' in value && Array.isArray(value.trailers) ? value.trailers : []
  return { kind: 'end', byteLength: value.byteLength, trailers: fields(trailers.filter(isLine)) }
}

const isLine = (line: unknown): line is [string, string] =>
  Array.isArray(line) && typeof line[0] === 'string' && typeof line[1] === 'string'

const invalid = () =>
  hubError(
    'RECORD_INVALID',
    'Cannot read the body from the topic: found an entry that `durable` did not write',
  )
