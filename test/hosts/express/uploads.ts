// What parsers of Express read behind toMiddleware(decompressInput()).
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { App, Express, ExpressResponse, Layer } from './express.ts'

export interface Upload {
  readonly name: string
  /** Builds the app behind the layers in front. */
  readonly app: (express: Express) => App
  readonly lines: readonly string[]
  readonly content: Uint8Array
  /** Sent as chunks, and not with its length. */
  readonly isChunked?: boolean
  readonly wanted: { readonly status: number; readonly content?: string | RegExp }
  /** What Express does by itself: the same by default. */
  readonly differs?: {
    readonly because: string
    readonly status: number
    /** If only one version does. */
    readonly version?: string
  }
}

/** An app that parses, and answers what it found. */
const parses =
  (parser: (express: Express) => Layer): Upload['app'] =>
  (express) =>
    express()
      .set('env', 'test')
      .post('/', parser(express), (req, res) =>
        res.json(Buffer.isBuffer(req.body) ? req.body.toString('latin1') : (req.body ?? null)),
      )
      .use((error: Error, _req: unknown, res: ExpressResponse, _next: unknown) => {
        const status = 'status' in error && typeof error.status === 'number' ? error.status : 500
        res.status(status).send(`${'code' in error ? error.code : ''} ${error.message}`)
      })

const json = parses((express) => express.json())
const rawOf = (limit: number) => parses((express) => express.raw({ type: () => true, limit }))
const form = parses((express) => express.urlencoded({ extended: false }))

const isJson = 'Content-Type: application/json'
const isForm = 'Content-Type: application/x-www-form-urlencoded'
const isBytes = 'Content-Type: application/octet-stream'
const coding = (name: string): string => `Content-Encoding: ${name}`

const value = { id: 7, words: 'some words. '.repeat(50) }
const text = JSON.stringify(value)
const bytes = Buffer.from(text)
const gzipped = gzipSync(bytes)

const noBrotli = 'its parsers do not know br'

const good = { status: 200, content: text }

const wholes: readonly Upload[] = [
  {
    name: 'gzip, to json',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipped,
    wanted: good,
  },
  {
    name: 'x-gzip, to json',
    app: json,
    lines: [isJson, coding('x-gzip')],
    content: gzipped,
    wanted: good,
    differs: { because: 'RFC 9110 8.4.1.3', status: 415 },
  },
  {
    name: 'deflate, to json',
    app: json,
    lines: [isJson, coding('deflate')],
    content: deflateSync(bytes),
    wanted: good,
  },
  {
    name: 'br, to json',
    app: json,
    lines: [isJson, coding('br')],
    content: brotliCompressSync(bytes),
    wanted: good,
    differs: { because: noBrotli, status: 415, version: 'Express 4' },
  },
  { name: 'no coding, to json', app: json, lines: [isJson], content: bytes, wanted: good },
  {
    name: 'identity, to json',
    app: json,
    lines: [isJson, coding('identity')],
    content: bytes,
    wanted: good,
  },
  {
    name: 'gzip in chunks, to json',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipped,
    isChunked: true,
    wanted: good,
  },
  {
    name: 'no coding in chunks, to json',
    app: json,
    lines: [isJson],
    content: bytes,
    isChunked: true,
    wanted: good,
  },
  {
    name: 'gzip, to a form',
    app: form,
    lines: [isForm, coding('gzip')],
    content: gzipSync('a=1&b=2'),
    wanted: { status: 200, content: '{"a":"1","b":"2"}' },
  },
  {
    name: 'gzip, to raw',
    app: rawOf(1000),
    lines: [isBytes, coding('gzip')],
    content: gzipSync('bytes'),
    wanted: { status: 200, content: '"bytes"' },
  },
  {
    name: 'an empty content with a coding goes to json as it is, which refuses it',
    app: json,
    lines: [isJson, coding('gzip')],
    content: new Uint8Array(0),
    wanted: { status: 400 },
  },
]

const limits: readonly Upload[] = [
  {
    name: 'raw: its limit counts decoded bytes, at the limit',
    app: rawOf(5000),
    lines: [isBytes, coding('gzip')],
    content: gzipSync('x'.repeat(5000)),
    wanted: { status: 200 },
  },
  {
    name: 'raw: its limit counts decoded bytes, over it',
    app: rawOf(5000),
    lines: [isBytes, coding('gzip')],
    content: gzipSync('x'.repeat(5001)),
    wanted: { status: 413 },
  },
  {
    name: 'json: over its limit, which is 100 KiB',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipSync(`"${'x'.repeat(200_000)}"`),
    wanted: { status: 413 },
  },
  {
    name: 'more than maxBytes',
    app: rawOf(10_000_000),
    lines: [isBytes, coding('gzip')],
    content: gzipSync('x'.repeat(1_000_001)),
    wanted: { status: 413, content: /BODY_TOO_LARGE/ },
    differs: { because: 'it has the limit of the parser alone', status: 200 },
  },
]

const wrongs: readonly Upload[] = [
  {
    name: 'what is not gzip',
    app: json,
    lines: [isJson, coding('gzip')],
    content: Buffer.from('not gzip at all'),
    wanted: { status: 400 },
  },
  {
    name: 'gzip that is cut',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipped.subarray(0, -9),
    wanted: { status: 400 },
  },
  {
    name: 'gzip that is cut, in chunks',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipped.subarray(0, -9),
    isChunked: true,
    wanted: { status: 400 },
  },
  {
    name: 'br that is cut',
    app: json,
    lines: [isJson, coding('br')],
    content: brotliCompressSync(bytes).subarray(0, -2),
    wanted: { status: 400 },
    differs: { because: noBrotli, status: 415, version: 'Express 4' },
  },
  {
    name: 'gzip with bytes behind it',
    app: json,
    lines: [isJson, coding('gzip')],
    content: Buffer.concat([gzipped, Buffer.from('more')]),
    wanted: { status: 400 },
  },
  {
    name: 'gzip with a wrong checksum',
    app: json,
    lines: [isJson, coding('gzip')],
    content: Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)]),
    wanted: { status: 400 },
  },
  {
    name: 'an unknown coding',
    app: json,
    lines: [isJson, coding('something')],
    content: bytes,
    wanted: { status: 415 },
  },
  {
    name: 'two codings',
    app: json,
    lines: [isJson, coding('gzip, gzip')],
    content: gzipSync(gzipped),
    wanted: { status: 400 },
    differs: { because: 'more than maxLayers is CODING_INVALID', status: 415 },
  },
  {
    name: 'good gzip of bad JSON',
    app: json,
    lines: [isJson, coding('gzip')],
    content: gzipSync('{"a":'),
    wanted: { status: 400 },
  },
]

export const uploads: readonly Upload[] = [...wholes, ...limits, ...wrongs]

/** The request of an upload. The connection is kept, so that a second one shows whether it still can be used. */
export const uploadText = ({ lines, content, isChunked = false }: Upload): Buffer => {
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`
  const head = ['POST / HTTP/1.1', 'Host: a', ...lines, framing, '', ''].join('\r\n')
  const half = content.length >> 1
  const chunks = [content.subarray(0, half), content.subarray(half)].flatMap((each) => [
    Buffer.from(`${each.length.toString(16)}\r\n`),
    each,
    Buffer.from('\r\n'),
  ])
  const sent = isChunked ? [...chunks, Buffer.from('0\r\n\r\n')] : [content]
  return Buffer.concat([Buffer.from(head), ...sent])
}
