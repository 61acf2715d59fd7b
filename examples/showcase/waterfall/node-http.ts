// The page and the events of the waterfall, through node:http and node:zlib as most people write it.
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { contentFor, reportTo } from './report.ts'
import type { RequestListener, ServerResponse } from 'node:http'
import type { Gzip } from 'node:zlib'
import type { Content, Reader } from './content.ts'

/** The page: gzip keeps what it gets until it has enough, or until the end. */
async function* page({ shell, sections, foot }: Content): AsyncGenerator<string> {
  yield shell
  yield* sections()
  yield foot
}

/** The page, if its author knows about that: the pipeline becomes a loop. */
const flushedPage = async ({ shell, sections, foot }: Content, gzip: Gzip): Promise<void> => {
  send(gzip, shell)
  for await (const section of sections()) send(gzip, section)
  gzip.end(foot)
}

/** Without the flush, an event would arrive only when hundreds of others have followed it. */
const send = (gzip: Gzip, text: string): void => {
  gzip.write(text)
  gzip.flush(constants.Z_SYNC_FLUSH)
}

const events = async (messages: AsyncIterable<string>, gzip: Gzip): Promise<void> => {
  for await (const message of messages) send(gzip, `data: ${message}\n\n`)
}

/** One event, and then a long wait. If there is work, rows until the next wait. */
const idle = async ({ ticks, work, rows }: Content, gzip: Gzip): Promise<void> => {
  for await (const tick of ticks()) {
    send(gzip, `data: ${tick}\n\n`)
    break
  }
  while (!gzip.destroyed) {
    await work()
    await events(rows(), gzip)
  }
}

const respond = async (path: string, content: Content, response: ServerResponse): Promise<void> => {
  const type = path.startsWith('/page') ? 'text/html; charset=utf-8' : 'text/event-stream'
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' })
  const gzip = createGzip()
  if (path === '/page') return pipeline(Readable.from(page(content)), gzip, response)
  response.once('close', () => gzip.destroy())
  gzip.pipe(response)
  if (path === '/page/flushed') return flushedPage(content, gzip)
  if (path === '/events') return events(content.ticks(), gzip)
  if (path === '/idle') return idle(content, gzip)
  await events(content.images(), gzip)
  gzip.end()
}

/** @param contentOf Makes the content of a request, until its client leaves. */
export const listener =
  (contentOf: (target: string, reader: Reader) => Content): RequestListener =>
  async ({ url = '/' }, response) => {
    const left = new AbortController()
    response.once('close', () => left.abort())
    const [path = ''] = url.split('?')
    try {
      await respond(path, contentOf(url, left), response)
    } catch {
      // The client has left, or what it has got must not look whole.
      response.destroy()
    }
  }

if (process.argv[1] === import.meta.filename) {
  const server = createServer(listener(contentFor)).listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) reportTo(address.port)
  })
}
