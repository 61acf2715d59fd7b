import { Buffer } from 'node:buffer'
import { types } from 'node:util'
import { nodeTypeError } from './node-error.ts'
import type { Bytes } from '@sluice/body'
import type { Callback } from './host-response.ts'

/** One `write`, with what it was called with: if no middleware reads it, it goes on as it came. */
export interface Written {
  readonly kind: 'written'
  readonly chunk: string | Bytes
  readonly encoding: BufferEncoding | undefined
  readonly byteLength: number
  readonly callback: Callback | undefined
}

/**
 * Checks what `write` or `end` was called with, as Node does.
 *
 * Bytes with a callback are copied: the application may use their memory again when it is called, and readers may keep them.
 */
export const written = (
  chunk: unknown,
  encoding: unknown,
  callback: Callback | undefined,
): Written => {
  if (typeof chunk === 'string') {
    const known = isEncoding(encoding) ? encoding : undefined
    const byteLength = Buffer.byteLength(chunk, known)
    return { kind: 'written', chunk, encoding: known, byteLength, callback }
  }
  if (!isBytes(chunk)) throw invalidChunk(chunk)
  const bytes = callback === undefined ? chunk : new Uint8Array(chunk)
  return { kind: 'written', chunk: bytes, encoding: undefined, byteLength: bytes.length, callback }
}

export const writtenBytes = ({ chunk, encoding }: Written): Bytes =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk

const isEncoding = (encoding: unknown): encoding is BufferEncoding =>
  typeof encoding === 'string' && Buffer.isEncoding(encoding)

const isBytes = (chunk: unknown): chunk is Bytes => types.isUint8Array(chunk)

const invalidChunk = (chunk: unknown): Error =>
  chunk === null
    ? nodeTypeError('ERR_STREAM_NULL_VALUES', 'May not write null values to stream')
    : nodeTypeError(
        'ERR_INVALID_ARG_TYPE',
        `Cannot write the chunk: found ${typeof chunk}, wanted a string, a Buffer or a Uint8Array`,
      )
