export {
  type ChunkedDecoder,
  type ChunkedDecoderOptions,
  chunkedDecoder,
} from './chunked-decoder.ts'
export { chunkedInput } from './chunked-input.ts'
export { type DecodeChunkedOptions, decodeChunked } from './decode-chunked.ts'
export { chunkHead } from './encode-chunk-head.ts'
export { encodeChunked } from './encode-chunked.ts'
export { lastChunk } from './encode-last-chunk.ts'
export { checkTransferCodings, type TransferCodings } from './transfer-encoding.ts'
