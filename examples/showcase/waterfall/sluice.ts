// The page and the events of the waterfall, through Sluice. node-http.ts does the same without it.
import { compress } from '@sluice/compress'
import { flush } from '@sluice/flush'
import { serve } from '@sluice/server'
import { events } from '@sluice/sse'
import { HttpError, requestUrl, stack, stream } from '@sluice/stack'
import { reportedContent, reportTo } from './report.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'
import type { Content } from './content.ts'

/** The page: what is ready leaves at once, through gzip too. */
async function* page({ shell, sections, foot }: Content): AsyncGenerator<string | Frame> {
  yield shell
  yield flush
  for await (const section of sections()) {
    yield section
    yield flush
  }
  yield foot
}

/** One event, and then a long wait: a pause lets every layer rest. */
async function* idle({ ticks }: Content, signal: AbortSignal): AsyncGenerator<string | Frame> {
  for await (const tick of ticks()) {
    yield tick
    break
  }
  yield {
    kind: 'pause',
    until: new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
  }
}

const html = { headers: { 'content-type': 'text/html; charset=utf-8' } }

export const app = (contentFor: typeof reportedContent): Handler =>
  stack(compress())((request) => {
    const { client } = request
    const content = contentFor(request.target, client.signal)
    switch (requestUrl(request).pathname) {
      case '/page':
        return stream(page(content), html)
      case '/events':
        return events(content.ticks(), { client })
      case '/idle':
        return events(idle(content, client.signal), { client })
      case '/bulk':
        return events(content.bulk(), { client })
      default:
        throw new HttpError('NOT_FOUND', 'Cannot find the page')
    }
  })

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app(reportedContent), { writeTimeoutMs: 60_000 })
  reportTo(server.port, () => server.close({ graceMs: 0 }))
}
