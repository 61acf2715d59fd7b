// Apps of node:http2, by its API that is as that of node:http, behind toMiddleware(compress()).
import { connect, createServer } from 'node:http2'
import { compress } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { turn, within } from '../support/within.ts'
import type {
  ClientHttp2Session,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
} from 'node:http2'

type App = (
  req: Http2ServerRequest,
  res: Http2ServerResponse,
  note: (seen: string) => void,
) => unknown

interface Row {
  readonly name: string
  readonly app: App
  readonly request?: Readonly<Record<string, string>>
  /** Sent with the request. */
  readonly content?: string
  readonly wanted: {
    readonly status?: number
    readonly coding?: string
    readonly content?: string
    readonly fields?: IncomingHttpHeaders
    readonly trailers?: IncomingHttpHeaders
    readonly noted?: readonly string[]
  }
}

const long = 'all of a page. '.repeat(300)

const text =
  (write: App): App =>
  (req, res, note) => {
    res.setHeader('content-type', 'text/plain')
    return write(req, res, note)
  }

const rows: readonly Row[] = [
  {
    name: 'a text is compressed',
    app: text((_, res) => res.end(long)),
    wanted: { coding: 'gzip', content: long, fields: { vary: 'accept-encoding' } },
  },
  {
    name: 'brotli',
    app: text((_, res) => res.end(long)),
    request: { 'accept-encoding': 'br' },
    wanted: { coding: 'br', content: long },
  },
  {
    name: 'an image is left alone',
    app: (_, res) => {
      res.setHeader('content-type', 'image/png')
      res.write('an ')
      setImmediate(() => res.end('image'))
    },
    wanted: { content: 'an image', fields: { vary: undefined } },
  },
  {
    name: 'writes have callbacks, and the end too',
    app: text((_, res, note) => {
      res.write('good ', () => note('write'))
      res.write('day', 'utf8', () => note('write too'))
      res.end('!', () => note('end'))
    }),
    wanted: { coding: 'gzip', content: 'good day!', noted: ['write', 'write too', 'end'] },
  },
  {
    name: 'HEAD has the head of the GET',
    app: text((_, res) => res.end(long)),
    request: { ':method': 'HEAD' },
    wanted: { coding: 'gzip', content: '' },
  },
  {
    name: 'a 204',
    app: text((_, res) => {
      res.statusCode = 204
      res.end()
    }),
    wanted: { status: 204, content: '' },
  },
  {
    name: 'cookies and the fields of writeHead()',
    app: (_, res) => {
      res.setHeader('set-cookie', ['a=1', 'b=2'])
      res.writeHead(404, { 'content-type': 'text/plain', 'x-one': '1' })
      res.end(long)
    },
    wanted: {
      status: 404,
      coding: 'gzip',
      content: long,
      fields: { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] },
    },
  },
  {
    name: 'trailers',
    app: text((_, res) => {
      res.write(long)
      res.addTrailers({ 'x-sum': '7' })
      res.end()
    }),
    wanted: { coding: 'gzip', content: long, trailers: { 'x-sum': '7' } },
  },
  {
    name: 'what was sent comes back',
    app: text((req, res) => req.pipe(res)),
    request: { ':method': 'POST' },
    content: long,
    wanted: { coding: 'gzip', content: long },
  },
  {
    name: 'what the response says of itself at each step',
    app: text((_, res, note) => {
      const says = () =>
        note([res.headersSent, res.writableEnded, res.finished].map(Number).join(''))
      says()
      res.write('good ')
      says()
      res.end('day')
      says()
      res.on('finish', () => note('finish'))
      res.on('close', () => note('close'))
    }),
    wanted: { coding: 'gzip', noted: ['000', '100', '111', 'finish', 'close'] },
  },
]

const exchange = async (session: ClientHttp2Session, { request, content }: Row) => {
  const stream = session.request({ ':path': '/', 'accept-encoding': 'gzip', ...request })
  const parts: Uint8Array[] = []
  let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
  let trailers: IncomingHttpHeaders = {}
  stream.on('response', (found) => {
    head = found
  })
  stream.on('trailers', (found: IncomingHttpHeaders) => {
    trailers = found
  })
  stream.on('data', (part: Uint8Array) => parts.push(part))
  stream.end(content)
  await new Promise<void>((resolve, reject) => {
    stream.on('close', resolve)
    stream.on('error', reject)
  })
  const bytes = Buffer.concat(parts)
  const decode = codings.find(({ coding }) => coding === head['content-encoding'])?.decode
  const found = decode === undefined || bytes.length === 0 ? bytes : Buffer.from(decode(bytes))
  return { head, trailers, content: found.toString() }
}

const tryRow = async (row: Row): Promise<void> => {
  const noted: string[] = []
  const middleware = toMiddleware(compress({ minBytes: 0 }))
  const server = createServer((req, res) =>
    middleware(req, res, () => {
      row.app(req, res, (seen) => noted.push(seen))
    }),
  )
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const { status = 200, coding, content, fields = {}, trailers = {}, noted: seen } = row.wanted
    const found = await within(15_000, exchange(session, row))
    assert.is(found.head[':status'], status)
    assert.is(found.head['content-encoding'], coding)
    for (const [name, value] of Object.entries(fields)) assert.equal(found.head[name], value, name)
    for (const [name, value] of Object.entries(trailers)) assert.equal(found.trailers[name], value)
    if (content !== undefined) assert.is(found.content, content)
    for (let i = 0; i < 200 && noted.length < (seen?.length ?? 0); i++) await turn()
    if (seen !== undefined) assert.equal(noted, seen)
  } finally {
    session.destroy()
    server.close()
  }
}

const http2 = suite('toMiddleware(compress()): http2')
for (const row of rows) http2(row.name, () => tryRow(row))
http2.run()
