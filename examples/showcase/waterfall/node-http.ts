// The page and the events of the waterfall, through node:http and node:zlib as most people write it.
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { reportedContent, reportTo } from './report.ts'
import type { RequestListener, ServerResponse } from 'node:http'
import type { Gzip } from 'node:zlib'
import type { Content } from './content.ts'

/** The page: written as it becomes ready. gzip keeps it until it has enough, or the end. */
async function* page({ shell, sections, foot }: Content): AsyncGenerator<string> {
  yield shell
  yield* sections()
  yield foot
}

/** The same, if somebody thinks of flushing by hand. */
const flushedPage = async ({ shell, sections, foot }: Content, response: ServerResponse) => {
  const gzip = gzipTo(response)
  send(gzip, shell)
  for await (const section of sections()) send(gzip, section)
  gzip.end(foot)
}

const gzipTo = (response: ServerResponse): Gzip => {
  const gzip = createGzip()
  gzip.pipe(response)
  return gzip
}

/** Without the flush an event would arrive when some hundred others have followed it. */
const send = (gzip: Gzip, text: string) => {
  gzip.write(text)
  gzip.flush(constants.Z_SYNC_FLUSH)
}

const events = async (messages: AsyncIterable<string>, response: ServerResponse) => {
  const gzip = gzipTo(response)
  for await (const message of messages) send(gzip, `data: ${message}\n\n`)
  gzip.end()
}

/** One event, and then a long wait. */
const idle = async ({ ticks }: Content, response: ServerResponse) => {
  const gzip = gzipTo(response)
  for await (const tick of ticks()) {
    send(gzip, `data: ${tick}\n\n`)
    break
  }
}

export const listener =
  (contentFor: typeof reportedContent): RequestListener =>
  async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const left = new AbortController()
    response.once('close', () => left.abort())
    const content = contentFor(request.url ?? '/', left.signal)
    response.setHeader('content-encoding', 'gzip')
    response.setHeader(
      'content-type',
      pathname === '/page' ? 'text/html; charset=utf-8' : 'text/event-stream',
    )
    try {
      if (pathname === '/page' && searchParams.has('flush')) await flushedPage(content, response)
      else if (pathname === '/page')
        await pipeline(Readable.from(page(content)), createGzip(), response)
      else if (pathname === '/events') await events(content.ticks(), response)
      else if (pathname === '/idle') await idle(content, response)
      else if (pathname === '/bulk') await events(content.bulk(), response)
      else response.writeHead(404).end()
    } catch (error) {
      if (!left.signal.aborted) throw error
    }
  }

if (process.argv[1] === import.meta.filename) {
  const server = createServer(listener(reportedContent))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('Cannot listen')
    reportTo(address.port, () => process.exit(0))
  })
}
