// A page that is written from elsewhere: what anybody posts appears on every page that is open.
import { readText } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { stack, stream, text } from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Output } from '@sluice/write-buffering'

export const about = {
  path: '/push-page',
  line: 'a page that is pushed to: what anybody posts appears on all that are open',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -d 'hello' ${url}  # elsewhere, as often as you like`,
  ],
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

/** Where to write: the pages that are open now. */
const open = new Set<Output>()

const openPage = ({ client }: HttpRequest): HttpResponse => {
  const body = writing(
    async (out) => {
      open.add(out)
      try {
        out.write('Listening.\n')
        // It ends when the server closes; when the client leaves, this wait fails with `out.signal`.
        await until(client.draining, 'abort', { signal: out.signal })
        out.write('The server is closing.\n')
      } finally {
        open.delete(out)
      }
    },
    // A page whose client does not keep up misses lines from 128 KiB on. Nobody waits for it.
    { highWaterBytes: 65_536, policy: 'drop' },
  )
  return stream(body, { headers: plain })
}

const post = async ({ body }: HttpRequest): Promise<HttpResponse> => {
  const words = await readText(body, { maxBytes: 1024 })
  // One line, and none of the control characters that terminals obey.
  const line = `${words.replaceAll(/\p{Cc}+/gu, ' ').trim()}\n`
  for (const out of open) out.write(line)
  return text(`Written to ${open.size}.\n`)
}

export const app: Handler = stack(proxyHints())((request) =>
  request.method === 'POST' ? post(request) : openPage(request),
)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
