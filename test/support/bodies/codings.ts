import * as zlib from 'node:zlib'
import { brotli, deflate, gzip, hasZstd, zstd } from '@sluice/compress'
import type { Coding } from '@sluice/compress'
import type { Filter } from '@sluice/filter'

/** A coding, our filter for it, and Node's own to compare with. */
export interface CodingUnderTest {
  readonly coding: Coding
  readonly filter: () => Filter
  readonly encode: (bytes: Uint8Array) => Uint8Array
  /** Fails where the coding is malformed or not whole. */
  readonly decode: (bytes: Uint8Array) => Uint8Array
  /** What of it can be read, however early it breaks off. */
  readonly decodeBeginning: (bytes: Uint8Array) => Uint8Array
}

type Codec = (bytes: Uint8Array, options?: object) => Uint8Array

/** Node's types here are those of Node 20, which has no zstd. */
const isCodecs = (found: object): found is { zstdCompressSync: Codec; zstdDecompressSync: Codec } =>
  'zstdCompressSync' in found && 'zstdDecompressSync' in found

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

const rowOf = (
  coding: Coding,
  filter: () => Filter,
  encode: Codec,
  decode: Codec,
  finishFlush: number,
): CodingUnderTest => ({
  coding,
  filter,
  encode: (bytes) => plain(encode(bytes)),
  decode: (bytes) => plain(decode(bytes)),
  decodeBeginning: (bytes) => (bytes.length === 0 ? bytes : plain(decode(bytes, { finishFlush }))),
})

const { BROTLI_OPERATION_FLUSH, BROTLI_PARAM_QUALITY, Z_SYNC_FLUSH } = zlib.constants

/** At the quality of a server; Node's own takes seconds. */
const brotliOf: Codec = (bytes) =>
  zlib.brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: 5 } })

interface Used {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

const isUsed = (found: object): found is Used => 'buffer' in found && 'engine' in found

/** Node 24 decodes the first of frames that stand together; others may follow it (RFC 8878 section 3.1). */
const everyFrame =
  (decode: Codec): Codec =>
  (bytes, options) => {
    const contents: Uint8Array[] = []
    let left = bytes
    do {
      const found: object = decode(left, { ...options, info: true })
      if (!isUsed(found)) throw new Error('it does not say how much it has read')
      contents.push(found.buffer)
      if (found.engine.bytesWritten === 0) break
      left = left.subarray(found.engine.bytesWritten)
    } while (left.length > 0)
    return Buffer.concat(contents)
  }

/** Every coding that this Node has. */
export const codings: readonly CodingUnderTest[] = [
  rowOf('gzip', gzip, zlib.gzipSync, zlib.gunzipSync, Z_SYNC_FLUSH),
  rowOf('deflate', deflate, zlib.deflateSync, zlib.inflateSync, Z_SYNC_FLUSH),
  rowOf('br', brotli, brotliOf, zlib.brotliDecompressSync, BROTLI_OPERATION_FLUSH),
  ...(hasZstd && isCodecs(zlib)
    ? [rowOf('zstd', zstd, zlib.zstdCompressSync, everyFrame(zlib.zstdDecompressSync), 1)]
    : []),
]

/** Text that compresses as pages and data do, and that is nowhere quite the same. */
export const someText = (byteLength: number): Uint8Array => {
  const words = 'the quick {"id":brown,fox} <p>jumps</p> over a lazy dog; \n'.split(' ')
  const bytes = new Uint8Array(byteLength)
  let state = 1
  let at = 0
  while (at < byteLength) {
    state = (state * 48_271) % 2_147_483_647
    const word = `${words[state % words.length]}${state % 1000} `
    for (let i = 0; i < word.length && at < byteLength; i++) bytes[at++] = word.charCodeAt(i)
  }
  return bytes
}

/** A message as a stock ticker sends it, 106 bytes or so. */
export const message = (id: number): Uint8Array =>
  new TextEncoder().encode(
    `event: price\ndata: {"id":${id},"symbol":"ACME","bid":${(100 + Math.sin(id)).toFixed(4)},"ask":${(101 + Math.sin(id)).toFixed(4)},"time":"2026-11-20T09:${String(id % 60).padStart(2, '0')}:00Z"}\n\n`,
  )
