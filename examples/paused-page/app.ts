// A page that stops in the middle until another request tells it to go on.
import { randomUUID } from 'node:crypto'
import { readText, toBody } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { heartbeat, pause } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, stack, stream, text } from '@sluice/stack'
import { viewFor } from './page.ts'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { View } from './page.ts'

export const about = {
  path: '/paused-page',
  line: 'a page that pauses until another request resumes it',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -d 'hello' ${url}/ID  # elsewhere, with the ID that the first one shows`,
  ],
}

/** How to resume each page that is paused now. An ID cannot be guessed: who was not told it cannot resume the page. */
const paused = new Map<string, (words: string) => boolean>()

async function* page(view: View, client: HttpRequest['client']): AsyncGenerator<string | Frame> {
  const id = randomUUID()
  const { frame, resume, resumed } = pause<string>({ timeoutMs: 600_000, signal: client.signal })
  paused.set(id, resume)
  try {
    yield view.waiting(`${about.path}/${id}`)
    // No flush: all that came before a pause is sent.
    yield frame
    const outcome = await resumed
    switch (outcome.kind) {
      case 'resumed':
        yield view.line(`Somebody says: ${outcome.value}`)
        break
      case 'timed out':
        yield view.line('Nobody came in ten minutes.')
        break
      case 'gone':
        break
    }
  } finally {
    // Here the body ends, however it does: also when the client leaves in the pause.
    paused.delete(id)
  }
}

const openPage = ({ headers, client }: HttpRequest): HttpResponse => {
  const view = viewFor(headers.get('accept'), headers.get('host'))
  // While the page pauses, a dot now and then: proxies do not take the connection for a dead one.
  const beating = heartbeat({ everyMs: 15_000, bytes: view.beat })
  return stream(beating(toBody(page(view, client))), {
    headers: {
      'content-type': `${view.type}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    },
  })
}

const resumePage = async ({ target, body }: HttpRequest): Promise<HttpResponse> => {
  const content = await readText(body, { maxBytes: 1024 })
  // A form sends `words=…`, and curl the words themselves.
  const words = new URLSearchParams(content).get('words') ?? content
  const resume = paused.get(target.slice(target.lastIndexOf('/') + 1))
  // Twice is once: the second is told that the page has gone on.
  if (resume?.(words) === true) return text('It goes on.\n')
  throw new HttpError('NOT_FOUND', 'Cannot resume the page: found none that is paused by this ID')
}

export const app: Handler = stack(proxyHints())((request) => {
  switch (request.method) {
    case 'POST':
      return resumePage(request)
    case 'GET':
    case 'HEAD':
      return openPage(request)
    default:
      return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
  }
})

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
