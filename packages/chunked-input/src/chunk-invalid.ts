import { chunkedError } from './errors.ts'
import type { BodyError } from '@sluice/body'

/** The error for a malformed chunk. */
export const chunkInvalid = (found: string, wanted: string): BodyError =>
  chunkedError('CHUNK_INVALID', `Cannot read the chunked body: found ${found}, wanted ${wanted}`)

/** A byte as shown in messages: never raw, since messages are logged. */
export const byteName = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`
