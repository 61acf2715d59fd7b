export {
  type ChunkedDecoder,
  type ChunkedDecoderOptions,
  chunkedDecoder,
} from './chunked-decoder.ts'
