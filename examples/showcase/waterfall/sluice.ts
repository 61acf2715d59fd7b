// The page and the events of the waterfall, through Sluice. node-http.ts does the same without it.
import { compress } from '@sluice/compress'
import { flush } from '@sluice/flush'
import { serve } from '@sluice/server'
import { events } from '@sluice/sse'
import { HttpError, requestUrl, stack, stream } from '@sluice/stack'
import { contentFor, reportTo } from './report.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'
import type { Content, Reader } from './content.ts'

/** The page: a flush sends what is ready, through gzip too. */
async function* page({ shell, sections, foot }: Content): AsyncGenerator<string | Frame> {
  yield shell
  yield flush
  for await (const section of sections()) {
    yield section
    yield flush
  }
  yield foot
}

/** One event, and then a pause. If there is work, rows until the next pause. */
async function* idle({ ticks, work, rows }: Content): AsyncGenerator<string | Frame> {
  for await (const tick of ticks()) {
    yield tick
    break
  }
  for (;;) {
    yield { kind: 'pause', until: work() }
    yield* rows()
  }
}

/** @param contentOf Makes the content of a request, until its client leaves. */
export const app = (contentOf: (target: string, reader: Reader) => Content): Handler =>
  stack(compress())((request) => {
    const { target, client } = request
    const content = contentOf(target, client)
    switch (requestUrl(request).pathname) {
      case '/page':
      case '/page/flushed':
        return stream(page(content), { headers: { 'content-type': 'text/html; charset=utf-8' } })
      case '/events':
        return events(content.ticks(), { client })
      case '/idle':
        return events(idle(content), { client })
      case '/images':
        return events(content.images(), { client })
      default:
        throw new HttpError('NOT_FOUND', 'Cannot find the page')
    }
  })

if (process.argv[1] === import.meta.filename) {
  // The slow reader is slow on purpose.
  const server = await serve(app(contentFor), { writeTimeoutMs: Number.POSITIVE_INFINITY })
  reportTo(server.port)
}
