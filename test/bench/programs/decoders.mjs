// Decoders of the chunked coding: each takes the parts of one body and gives the number of bytes of content in it.
import { chunkedDecoder } from '@sluice/chunked-input'
import { HTTPParser as JavaScriptParser } from 'http-parser-js'

const head = Buffer.from('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n')

const sluice = (parts) => {
  const decoder = chunkedDecoder()
  let bytes = 0
  for (const part of parts)
    for (const frame of decoder.decode(part)) if (frame.kind === 'data') bytes += frame.bytes.length
  if (!decoder.done) throw new Error('the body has not ended')
  return bytes
}

/** Parsers of whole messages: the head goes first, and is a small part of all. */
const ofMessages = (make, onBody, onComplete) => (parts) => {
  const parser = make()
  let bytes = 0
  let done = false
  parser[onBody] = (chunk, _offset, length) => {
    bytes += length ?? chunk.length
  }
  parser[onComplete] = () => {
    done = true
  }
  parser.execute(head)
  for (const part of parts) parser.execute(part)
  if (!done) throw new Error('the body has not ended')
  return bytes
}

const javaScript = () =>
  ofMessages(
    () => new JavaScriptParser(JavaScriptParser.REQUEST),
    JavaScriptParser.kOnBody,
    JavaScriptParser.kOnMessageComplete,
  )

/** Node's own parser, as node:http uses it: C, and a call into JavaScript a chunk. */
const llhttp = async () => {
  const found = await import('node:_http_common').catch(() => undefined)
  if (found === undefined) return undefined
  const { HTTPParser } = found
  const make = () => {
    const parser = new HTTPParser()
    parser.initialize(HTTPParser.REQUEST, {})
    return parser
  }
  return ofMessages(make, HTTPParser.kOnBody, HTTPParser.kOnMessageComplete)
}

export const decoders = {
  sluice: () => sluice,
  llhttp,
  'http-parser-js': javaScript,
}
