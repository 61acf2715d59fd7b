import * as zlib from 'node:zlib'
import type { ZlibStream } from './zlib-coder.ts'

/** What `node:zlib` has from Node 22.15 on; the types are those of Node 20, the oldest we run on. */
export interface NodeZstd {
  createZstdCompress(options?: ZstdStreamOptions): ZlibStream
  createZstdDecompress(options?: ZstdStreamOptions): ZlibStream
  zstdCompressSync(bytes: Uint8Array, options?: ZstdStreamOptions): Uint8Array
  zstdDecompressSync(
    bytes: Uint8Array,
    options: ZstdStreamOptions & { readonly info: true; readonly maxOutputLength: number },
  ): { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number
    readonly ZSTD_d_windowLogMax: number
    readonly ZSTD_e_flush: number
  }
}

interface ZstdStreamOptions {
  readonly chunkSize?: number
  readonly params?: { readonly [parameter: number]: number }
}

/** RFC 9659 section 3: a window of 8 MiB, not the 128 MiB that zstd would allocate. */
export const zstdWindowLog = 23

const isNodeZstd = (found: object): found is NodeZstd =>
  'createZstdCompress' in found &&
  'createZstdDecompress' in found &&
  'zstdCompressSync' in found &&
  'zstdDecompressSync' in found

/** Node's zstd, or `undefined` if it has none. */
export const nodeZstd: NodeZstd | undefined = isNodeZstd(zlib) ? zlib : undefined

/** @throws {TypeError} If Node has none. */
export const requireZstd = (): NodeZstd => {
  if (nodeZstd !== undefined) return nodeZstd
  throw new TypeError('Cannot use zstd: found none in this Node, wanted Node 22.15 or newer')
}
