import { nodeZstd, zstdWindowLog } from './node-zstd.ts'

export interface ShortFrame {
  readonly content: Uint8Array
  /** Bytes of the frame itself. */
  readonly usedBytes: number
}

/** A frame of more bytes, or of more content, gets a context: it is then worth one. */
const mostBytes = 16_384
const mostContent = 65_536

/**
 * Decompresses the frame of zstd (RFC 8878) that `bytes` begins with, in place; `undefined` where it is not all there, is not
 * short, or is malformed.
 */
export const decompressShortFrame = (bytes: Uint8Array): ShortFrame | undefined => {
  if (nodeZstd === undefined) return undefined
  const params = { [nodeZstd.constants.ZSTD_d_windowLogMax]: zstdWindowLog }
  const options = { info: true, chunkSize: 1024, maxOutputLength: mostContent, params } as const
  try {
    const { buffer, engine } = nodeZstd.zstdDecompressSync(bytes.subarray(0, mostBytes), options)
    const usedBytes = engine.bytesWritten
    return usedBytes > 0 ? { content: buffer, usedBytes } : undefined
  } catch {
    // A context is then given the same bytes, and tells what is wrong.
    return undefined
  }
}
