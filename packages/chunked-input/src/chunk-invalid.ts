import { chunkedError } from './errors.ts'
import type { BodyError } from '@sluice/body'

/** The refusal of a malformed chunk, or of the byte that makes it so. */
export const chunkInvalid = (found: string, wanted: string): BodyError =>
  chunkedError('CHUNK_INVALID', `Cannot read the chunked body: found ${found}, wanted ${wanted}`)

/** How a byte is shown in a message: never raw, since messages are logged. */
export const byteName = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`
