// A page that is written from elsewhere: what anybody posts appears on every page that is open.
import { readText } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { stack, stream, text } from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import { viewFor } from './page.ts'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Output } from '@sluice/write-buffering'
import type { View } from './page.ts'

export const about = {
  path: '/push-page',
  line: 'a page that is pushed to: what anybody posts appears on all that are open',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -d 'hello' ${url}  # elsewhere, as often as you like`,
  ],
}

/** Where to write: the pages that are open now, and how each is written. */
const open = new Map<Output, View>()

const openPage = ({ client, headers }: HttpRequest): HttpResponse => {
  const view = viewFor(headers.get('accept'))
  const body = writing(
    async (out) => {
      open.set(out, view)
      try {
        out.write(view.begin)
        // It ends when the server closes; when the client leaves, this wait fails with `client.signal`.
        await until(client.draining, 'abort', { signal: client.signal })
        out.write(view.line('The server is closing.'))
      } finally {
        open.delete(out)
      }
    },
    // A page whose client does not keep up misses lines from 128 KiB on. Nobody waits for it.
    { highWaterBytes: 65_536, policy: 'drop' },
  )
  return stream(body, {
    headers: {
      'content-type': `${view.type}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    },
  })
}

const post = async ({ body }: HttpRequest): Promise<HttpResponse> => {
  const content = await readText(body, { maxBytes: 1024 })
  // A form sends `words=…`, and curl the words themselves.
  const words = new URLSearchParams(content).get('words') ?? content
  // One line, and none of the control characters that terminals obey.
  const line = words.replaceAll(/\p{Cc}+/gu, ' ').trim()
  for (const [out, view] of open) out.write(view.line(line))
  return text(`Written to ${open.size}.\n`)
}

export const app: Handler = stack(proxyHints())((request) => {
  switch (request.method) {
    case 'POST':
      return post(request)
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
