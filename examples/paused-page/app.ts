// A page that stops in the middle until another request tells it to go on.
import { randomUUID } from 'node:crypto'
import { readText } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { heartbeat, pause } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, output, stack, stream, text } from '@sluice/stack'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/paused-page',
  line: 'a page that pauses until another request resumes it',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -d 'hello' ${url}/ID  # elsewhere, with the ID that the first one shows`,
  ],
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

/** How to resume each page that is paused now. An ID cannot be guessed: who was not told it cannot resume the page. */
const paused = new Map<string, (words: string) => boolean>()

async function* page({ headers, client }: HttpRequest): AsyncGenerator<string | Frame> {
  const id = randomUUID()
  const { frame, resume, resumed } = pause<string>({ timeoutMs: 600_000, signal: client.signal })
  paused.set(id, resume)
  try {
    const url = `http://${headers.get('host') ?? 'localhost'}${about.path}/${id}`
    yield `It goes on after: curl -d 'hello' ${url}\n`
    // No flush: all that came before a pause is sent.
    yield frame
    const outcome = await resumed
    switch (outcome.kind) {
      case 'resumed':
        yield `Somebody says: ${outcome.value}\n`
        break
      case 'timed out':
        yield 'Nobody came in ten minutes.\n'
        break
      case 'gone':
        break
    }
  } finally {
    // Here the body ends, however it does: also when the client leaves in the pause.
    paused.delete(id)
  }
}

const resumePage = async ({ target, body }: HttpRequest): Promise<HttpResponse> => {
  const words = await readText(body, { maxBytes: 1024 })
  const resume = paused.get(target.slice(target.lastIndexOf('/') + 1))
  // Twice is once: the second is told that the page has gone on.
  if (resume?.(words) === true) return text('It goes on.\n')
  throw new HttpError('NOT_FOUND', 'Cannot resume the page: found none that is paused by this ID')
}

/** While the page pauses, a dot now and then: proxies do not take the connection for a dead one. */
export const app: Handler = stack(
  proxyHints(),
  output(heartbeat({ everyMs: 15_000, bytes: '.' })),
)((request) =>
  request.method === 'POST' ? resumePage(request) : stream(page(request), { headers: plain }),
)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
