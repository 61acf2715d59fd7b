import { nodeZstd, zstdWindowLog } from './node-zstd.ts'

export interface ShortFrame {
  readonly content: Uint8Array
  /** Bytes of the frame itself. */
  readonly usedBytes: number
}

/** A frame with more bytes, or more content, is worth a context. */
const mostBytes = 16_384
const mostContent = 65_536

/**
 * Decompresses the zstd frame (RFC 8878) at the beginning of `bytes`, in place; `undefined` if it is incomplete, malformed or
 * not short.
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
    // A context gets the same bytes and reports the error.
    return undefined
  }
}
