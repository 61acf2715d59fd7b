// How an app of node:http reads behind toMiddleware(decompressInput()): as it reads plain content without a middleware.
import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { decompressInput } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { someText } from '../support/bodies/codings.ts'
import { codeOf } from '../support/code-of.ts'
import { inNode } from '../support/node/in-node.ts'
import { readResponse } from '../support/server/read-response.ts'
import { deferred, turn } from '../support/within.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConnectMiddleware } from '../support/node/compression-row.ts'
import type { NodeSite, StartNode } from '../support/node/in-node.ts'
import type { RawClient } from '../support/server/raw-client.ts'

type Note = (seen: string) => void
type App = (req: IncomingMessage, res: ServerResponse, note: Note) => unknown

/** How the content is sent: as a client that compresses does, or as one that does not. */
interface Sending {
  readonly coding: readonly string[]
  readonly encode: (content: Uint8Array) => Uint8Array
}

interface Trial {
  readonly name: string
  readonly app: App
  readonly content: Uint8Array
  /** The content is sent in chunks, with a trailer. */
  readonly isChunked?: boolean
  /** What the app has noted; then a second request on the same connection is answered. */
  readonly noted: readonly string[]
  /** Whether the connection is kept for another request. */
  readonly keeps: boolean
}

const short = Buffer.from('good day, all. '.repeat(20))
const long = Buffer.from(someText(3_000_000))
const hashOf = (content: Uint8Array): string => createHash('sha1').update(content).digest('hex')

/** An app that reads all, in one way, and answers. */
const reads =
  (read: (req: IncomingMessage, note: Note) => Promise<Uint8Array>): App =>
  async (req, res, note) => {
    const content = await read(req, note)
    note(hashOf(content))
    res.end('read')
  }

const byData = (req: IncomingMessage): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const parts: Uint8Array[] = []
    req.on('data', (part: Uint8Array) => parts.push(part))
    req.on('end', () => resolve(Buffer.concat(parts)))
    req.on('error', reject)
  })

const byReadable = (req: IncomingMessage): Promise<Uint8Array> =>
  new Promise((resolve) => {
    const parts: Uint8Array[] = []
    req.on('readable', () => {
      for (let part = req.read(); part !== null; part = req.read()) parts.push(part)
    })
    req.on('end', () => resolve(Buffer.concat(parts)))
  })

const byLoop = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const byPipeline = async (req: IncomingMessage): Promise<Uint8Array> => {
  const through = new PassThrough()
  const [content] = await Promise.all([byLoop(through), pipeline(req, through)])
  return content
}

const byPauses = (req: IncomingMessage): Promise<Uint8Array> => {
  req.on('data', () => {
    req.pause()
    setImmediate(() => req.resume())
  })
  return byData(req)
}

const byText = async (req: IncomingMessage): Promise<Uint8Array> => {
  req.setEncoding('utf8')
  let text = ''
  for await (const part of req) text += part
  return Buffer.from(text)
}

const later = async (req: IncomingMessage): Promise<Uint8Array> => {
  await turn(5)
  return byData(req)
}

const ways = { byData, byReadable, byLoop, byPipeline, byPauses, byText, later }

const whole: readonly Trial[] = Object.entries(ways).flatMap(([way, read]) =>
  [short, long].flatMap((content) =>
    [true, false].map((isChunked) => ({
      name: `${content.length} bytes${isChunked ? ' in chunks' : ''}, read ${way}`,
      app: reads(read),
      content,
      isChunked,
      noted: [hashOf(content)],
      keeps: true,
    })),
  ),
)

const others: readonly Trial[] = [
  ...[short, long].map((content) => ({
    name: `${content.length} bytes that are not read: the rest is discarded`,
    app: (_: IncomingMessage, res: ServerResponse) => res.end('not read'),
    content,
    noted: [],
    keeps: true,
  })),
  ...[short, long].map((content) => ({
    name: `${content.length} bytes that are not read, and answered later`,
    app: (_: IncomingMessage, res: ServerResponse) =>
      setImmediate(() => setImmediate(() => res.end('not read'))),
    content,
    noted: [],
    keeps: true,
  })),
  {
    name: 'the events of a request that is read',
    app: (req, res, note) => {
      for (const event of ['end', 'close', 'aborted']) req.on(event, () => note(event))
      req.on('end', () => {
        note(`complete ${req.complete}, ended ${req.readableEnded}`)
        setImmediate(() => res.end('read'))
      })
      req.resume()
    },
    content: short,
    noted: ['end', 'complete true, ended true', 'close'],
    keeps: true,
  },
  {
    name: 'trailers can be read at the end',
    app: (req, res, note) => {
      req.resume()
      req.on('end', () => {
        note(JSON.stringify(req.trailers))
        res.end('read')
      })
    },
    content: short,
    isChunked: true,
    noted: ['{"x-sum":"7"}'],
    keeps: true,
  },
  {
    name: 'the fields of a request do not speak of a coding, nor of a length that is not true',
    app: async (req, res, note) => {
      const { length } = await byData(req)
      const said = req.headers['content-length']
      note(String(req.headers['content-encoding']))
      note(String(said === undefined || Number(said) === length))
      res.end('read')
    },
    content: short,
    noted: ['undefined', 'true'],
    keeps: true,
  },
]

const trials: readonly Trial[] = [...whole, ...others]

const requestOf = ({ content, isChunked = false }: Trial, { coding, encode }: Sending): Buffer => {
  const sent = encode(content)
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${sent.length}`
  const head = ['POST / HTTP/1.1', 'Host: a', ...coding, framing, '', ''].join('\r\n')
  if (!isChunked) return Buffer.concat([Buffer.from(head), sent])
  const chunks: Uint8Array[] = []
  for (let at = 0; at < sent.length; at += 10_000) {
    const part = sent.subarray(at, at + 10_000)
    chunks.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\nX-Sum: 7\r\n\r\n')])
}

const siteOf = (start: StartNode, middleware: ConnectMiddleware, app: App, note: Note) =>
  start((req, res) =>
    middleware(req, res, (error) => {
      if (error === undefined) return app(req, res, note)
      note(`next ${codeOf(error)}`)
      return res.writeHead(500).end()
    }),
  )

const tryTrial = async (
  trial: Trial,
  sending: Sending,
  start: StartNode,
  middleware: ConnectMiddleware,
): Promise<void> => {
  const noted: string[] = []
  const { connect } = await siteOf(start, middleware, trial.app, (seen) => noted.push(seen))
  const client = await connect()
  const request = requestOf(trial, sending)
  for (let round = 1; round <= (trial.keeps ? 2 : 1); round++) {
    noted.length = 0
    client.send(request)
    const { status } = await readResponse(client)
    for (let i = 0; i < 200 && noted.length < trial.noted.length; i++) await turn()
    await turn(3)
    assert.is(status, 200)
    assert.equal(noted, trial.noted)
  }
}

const passes: ConnectMiddleware = (_req, _res, next) => next()
const plain: Sending = { coding: [], encode: (content) => content }
const gzipped: Sending = {
  coding: ['Content-Encoding: gzip'],
  encode: (content) => gzipSync(content),
}

const alone = suite('node:http alone: plain content')
for (const trial of trials)
  alone(
    trial.name,
    inNode((start) => tryTrial(trial, plain, start, passes)),
  )
alone.run()

const behind = suite('toMiddleware(decompressInput()): compressed content')
for (const trial of trials)
  behind(
    trial.name,
    inNode((start) => tryTrial(trial, gzipped, start, toMiddleware(decompressInput()))),
  )
behind.run()

const untouched = suite('toMiddleware(decompressInput()): plain content')
for (const trial of trials)
  untouched(
    trial.name,
    inNode((start) => tryTrial(trial, plain, start, toMiddleware(decompressInput()))),
  )
untouched.run()

const scenes = suite('toMiddleware(decompressInput()): scenes')

const decompressing = () => toMiddleware(decompressInput())

const head = (bytes: number): string =>
  ['POST / HTTP/1.1', 'Host: a', 'Content-Encoding: gzip', `Content-Length: ${bytes}`, '', ''].join(
    '\r\n',
  )

const noteAnd = async (
  start: StartNode,
  app: App,
  act: (client: RawClient, site: NodeSite) => Promise<void>,
): Promise<readonly string[]> => {
  const noted: string[] = []
  const site = await siteOf(start, decompressing(), app, (seen) => noted.push(seen))
  await act(await site.connect(), site)
  return noted
}

scenes(
  'a client that leaves in the middle of its upload: close, and never end',
  inNode(async (start) => {
    const closed = deferred()
    const noted = await noteAnd(
      start,
      (req, _, note) => {
        for (const event of ['end', 'aborted', 'close']) req.on(event, () => note(event))
        req.on('error', (error) => note(`error ${codeOf(error)}`))
        req.on('close', () => closed.resolve())
        req.resume()
      },
      async (client) => {
        const sent = gzipSync(long)
        client.send(head(sent.length))
        client.send(sent.subarray(0, 100_000))
        await turn(20)
        client.reset()
        await closed.promise
      },
    )
    assert.equal(noted, ['aborted', 'error ECONNRESET', 'close'])
  }),
)

scenes(
  'content that is not gzip: an error of the request, which can be answered, and never end',
  inNode(async (start) => {
    const noted = await noteAnd(
      start,
      (req, res, note) => {
        req.on('end', () => note('end'))
        req.on('error', (error) => {
          note(`error ${codeOf(error)}`)
          res.writeHead(400).end('bad')
        })
        req.resume()
      },
      async (client) => {
        client.send(`${head(8)}not gzip`)
        assert.is((await readResponse(client)).status, 400)
        client.send(`${head(8)}not gzip`)
        assert.is((await readResponse(client)).status, 400)
      },
    )
    assert.equal(noted, ['error CODING_INVALID', 'error CODING_INVALID'])
  }),
)

scenes(
  'content that nobody listens to the errors of does not end the process',
  inNode(async (start) => {
    await noteAnd(
      start,
      (req, res) => {
        req.on('close', () => res.end('closed'))
        req.resume()
      },
      async (client) => {
        client.send(`${head(8)}not gzip`)
        assert.is((await readResponse(client)).status, 200)
      },
    )
  }),
)

scenes(
  'content that a parser in front has read is refused by name, and nothing is answered in its place',
  inNode(async (start) => {
    const noted: string[] = []
    const middleware = decompressing()
    const { connect } = await start((req, res) => {
      req.resume()
      req.on('end', () =>
        middleware(req, res, (error) => {
          noted.push(String(codeOf(error)))
          res.writeHead(500).end()
        }),
      )
    })
    const client = await connect()
    const sent = gzipSync(short)
    client.send(head(sent.length))
    client.send(sent)
    assert.is((await readResponse(client)).status, 500)
    assert.equal(noted, ['BODY_USED'])
  }),
)

scenes(
  'a layer in front that has taken the coding out of req.headers decides: the content is left alone',
  inNode(async (start) => {
    const middleware = decompressing()
    const { connect } = await start((req, res) => {
      Reflect.deleteProperty(req.headers, 'content-encoding')
      middleware(req, res, async () => res.end(hashOf(await byData(req))))
    })
    const client = await connect()
    const sent = gzipSync(short)
    client.send(head(sent.length))
    client.send(sent)
    assert.is((await readResponse(client)).content, hashOf(sent))
  }),
)

scenes(
  'a message is read when it has arrived, before the rest is sent',
  inNode(async (start) => {
    const read = deferred<string>()
    await noteAnd(
      start,
      (req, res) => {
        req.on('data', (part) => read.resolve(String(part)))
        req.on('end', () => res.end('read'))
      },
      async (client) => {
        const sent = gzipSync(long)
        client.send(head(sent.length))
        client.send(sent.subarray(0, 200_000))
        assert.match(long.toString(), await read.promise)
        client.send(sent.subarray(200_000))
        assert.is((await readResponse(client)).status, 200)
      },
    )
  }),
)

scenes.run()
